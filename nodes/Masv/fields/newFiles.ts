import { diskPaths, leaveOutOfDisk } from './files';

/** Which files are new, and what becomes of them. */
export const newFileFields = [
	diskPaths,
	{
		displayName: 'Wait Until Unchanged (Seconds)',
		name: 'waitSeconds',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 86_400 },
		default: 60,
		description:
			'How long a file must not have changed before it is sent. A file that is still being written is left for the next execution, and listed in the output (waiting).',
	},
	{
		displayName: 'One Package Per',
		name: 'packagePer',
		type: 'options',
		options: [
			{ name: 'Execution', value: 'run', description: 'All new files go into one package' },
			{
				name: 'File',
				value: 'file',
				description: 'Each new file gets a package. Its name is added to the package name.',
			},
			{
				name: 'Top-Level Folder',
				value: 'folder',
				description:
					'Each folder in an entered folder gets a package with what is new in it. Its name is added to the package name.',
			},
		],
		default: 'run',
		description: 'How new files are distributed over packages',
	},
	{
		displayName: 'After Sending',
		name: 'afterSending',
		type: 'options',
		options: [
			{ name: 'Delete Files', value: 'delete', description: 'Delete the files on disk that MASV has confirmed' },
			{ name: 'Keep Files', value: 'keep', description: 'Leave the files on disk where they are' },
			{
				name: 'Move Files',
				value: 'move',
				description: 'Move the files on disk that MASV has confirmed to another folder',
			},
		],
		default: 'keep',
		description:
			'What to do with files on disk once their package is finalized. Files that have changed in the meantime, or that MASV has not confirmed, are left.',
	},
	{
		displayName: 'Folder for Sent Files',
		name: 'sentFolder',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. /media/sent',
		description:
			'Folder on the same disk to move sent files to, with their subfolders. It must not be in a folder that is sent.',
		displayOptions: { show: { afterSending: ['move'] } },
	},
] as const;

/** Empty folders are never sent. */
export const leaveOutOfNew = {
	...leaveOutOfDisk,
	options: [leaveOutOfDisk.options[1], leaveOutOfDisk.options[2]],
} as const;

export const whenNothingIsNew = {
	displayName: 'When Nothing Is New',
	name: 'whenNothingIsNew',
	type: 'options',
	options: [
		{ name: 'Output an Item', value: 'item', description: 'One item that says so' },
		{ name: 'Output Nothing', value: 'nothing', description: 'The workflow ends here' },
	],
	default: 'nothing',
	description: 'What to output if there was nothing to transfer',
} as const;

/** What counts as new. */
export const newFileOptions = {
	displayName: 'New Files',
	name: 'newFiles',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: [
		{
			displayName: 'First Run',
			name: 'firstRun',
			type: 'options',
			options: [
				{ name: 'Mark as Sent', value: 'mark', description: 'Only files that are added or changed later are sent' },
				{ name: 'Send', value: 'send', description: 'All files are new' },
			],
			default: 'send',
			description:
				'What to do with the files that are there when this node runs for the first time, or when the record of what was sent was lost',
		},
		{
			displayName: 'Send Moved Files',
			name: 'sendMoved',
			type: 'boolean',
			default: false,
			description: 'Whether to send a file again that was renamed, or moved within the folders, since it was sent',
		},
		{
			displayName: 'Touched Files',
			name: 'touchedFiles',
			type: 'options',
			options: [
				{
					name: 'Compare Content',
					value: 'compare',
					description: 'Read the file, and send it only if its content is not what was sent',
				},
				{ name: 'Send', value: 'send', description: 'Send the file again without reading it first' },
			],
			default: 'compare',
			description:
				'What to do with a file whose modification time has changed since it was sent, but not its size: for example, because it was restored or copied again',
		},
		whenNothingIsNew,
	],
} as const;

/** What to do while another execution of the node is at work. */
export const ifJobRunning = {
	displayName: 'If Another Execution Is Running',
	name: 'ifRunning',
	type: 'options',
	options: [
		{ name: 'Fail', value: 'fail', description: 'With an error that says so' },
		{
			name: 'Leave It to That Execution',
			value: 'skip',
			description: 'This one ends. The next execution transfers what is new then.',
		},
		{ name: 'Wait', value: 'wait', description: 'For the other execution, then transfer what it did not' },
	],
	default: 'skip',
	description:
		'What to do if another execution of this node is still running. An execution that has died is taken over in any case.',
} as const;

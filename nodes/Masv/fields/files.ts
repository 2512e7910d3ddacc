import type { IExecuteFunctions } from 'n8n-workflow';

import { binarySources } from '../files/binarySources';
import { diskSources } from '../files/diskSources';
import type { FoundFiles } from '../files/foundFiles';
import type { InputOf } from '../operation';

/** Files and folders on disk. */
export const diskPaths = {
	displayName: 'File or Folder Paths',
	name: 'paths',
	type: 'string',
	accepts: 'lines',
	typeOptions: { rows: 2 },
	default: '',
	required: true,
	placeholder: 'e.g. /media/dailies/day-1',
	hint: 'One path per line, on the machine (or container) n8n runs on. Folders are sent with all contents and subfolders.',
	description:
		'Files and folders that n8n is allowed to read. Administrators allow folders with N8N_RESTRICT_FILE_ACCESS_TO.',
} as const;

/** Where the files come from; shared by all operations that upload. */
export const fileFields = [
	{
		displayName: 'File Source',
		name: 'source',
		type: 'options',
		options: [
			{
				name: 'Binary Field',
				value: 'binary',
				description: 'Files from a previous node',
			},
			{
				name: 'Path on Disk',
				value: 'path',
				description: 'Files and folders on the machine (or container) n8n runs on',
			},
		],
		default: 'binary',
		description: 'Where the files come from',
	},
	{
		displayName:
			'For large files, use Path on Disk: n8n copies binary data to its own storage before the upload can start.',
		name: 'binaryNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { source: ['binary'] } },
	},
	{
		displayName: 'Input Data Field Name',
		name: 'binaryPropertyName',
		type: 'string',
		accepts: 'binary',
		default: 'data',
		required: true,
		placeholder: 'e.g. data',
		hint: 'Comma-separated names, or * for all binary fields of the item',
		description: 'The name of the input field that contains the file',
		displayOptions: { show: { source: ['binary'] } },
	},
	{ ...diskPaths, displayOptions: { show: { source: ['path'] } } },
] as const;

/** For files from disk. What is left out is in the output. */
export const leaveOutOfDisk = {
	displayName: 'Leave Out',
	name: 'leaveOut',
	type: 'multiOptions',
	options: [
		{
			name: 'Empty Folders',
			value: 'emptyFolders',
			description: 'Otherwise they are created in the package if MASV accepts them',
		},
		{
			name: 'System Files',
			value: 'systemFiles',
			description:
				'What systems leave behind: .DS_Store, Thumbs.db, desktop.ini, folder icons, ._ files beside the file that they belong to, .fcpcache folders, and recycle bins and search indexes of disks',
		},
		{
			name: 'Unreadable Files',
			value: 'unreadable',
			description:
				'Files and folders that cannot be read or have an invalid name, and links that lead nowhere. Otherwise nothing is sent if there is one.',
		},
	],
	default: ['systemFiles'],
	description:
		'What to leave out when folders are sent. The output lists what was left out (left_out). Does not apply to a file whose own path is entered.',
} as const;

const leaveOut = { ...leaveOutOfDisk, displayOptions: { show: { '/source': ['path'] } } } as const;

export const folderInPackage = {
	displayName: 'Folder in Package',
	name: 'folder',
	type: 'string',
	default: '',
	placeholder: 'e.g. day 1/camera A',
	description: 'Folder in the package to upload the files to',
} as const;

export const md5List = {
	displayName: 'MD5 List',
	name: 'md5List',
	type: 'string',
	default: '',
	placeholder: 'e.g. MD5SUMS',
	description:
		'Name of a file to add to the package that lists the MD5s of all others, as md5sum writes it. If empty, none is added. The option Check MD5 List of Receive Files recognizes MD5SUMS, md5sum.txt and names that end in .md5. A file larger than a part is not uploaded faster than its MD5 can be computed.',
} as const;

/** Options about which files to send, and to which place in the package. */
export const uploadOptions = [folderInPackage, leaveOut] as const;

type FileInput = InputOf<typeof fileFields> & { options: Partial<InputOf<typeof uploadOptions>> };

/** The files that one item specifies. */
export async function readSources(n8n: IExecuteFunctions, input: FileInput, itemIndex: number): Promise<FoundFiles> {
	const folder = input.options.folder ?? '';
	if (input.source === 'path') {
		return await diskSources(n8n, input.paths, folder, input.options.leaveOut ?? leaveOut.default);
	}
	const sources = await binarySources(n8n, itemIndex, input.binaryPropertyName, folder);
	return { sources, emptyFolders: [], leftOut: [] };
}

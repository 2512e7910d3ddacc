import { server } from './linkUrl';
import { whenNothingIsNew } from './newFiles';
import { transferField } from './transfer';

const toFolder = { show: { '/saveTo': ['folder'] } } as const;
const forLink = { show: { '/authentication': ['none'] } } as const;

const alsoReceive = {
	displayName: 'Also Receive',
	name: 'alsoReceive',
	type: 'multiOptions',
	options: [
		{
			name: 'Infected Files',
			value: 'infected',
			description: 'Files in which MASV has found a virus, or all files of a package in which it has found one',
		},
		{
			name: 'Zip Archives',
			value: 'archives',
			description: 'Archives of the whole package that MASV generates',
		},
	],
	default: [],
	description: 'Files that are left out unless they are selected here',
} as const;

const checkMd5List = {
	displayName: 'Check MD5 List',
	name: 'checkMd5List',
	type: 'boolean',
	default: false,
	description:
		'Whether to compare the files with lists of MD5s that are among them: MD5SUMS, md5sum.txt and names that end in .md5. The output says how many match (md5_check), and names those that do not. Nothing is deleted. Files in a folder whose MD5 was not computed when they arrived are read again.',
} as const;

const ifExists = {
	displayName: 'If the File Exists',
	name: 'ifExists',
	type: 'options',
	options: [
		{ name: 'Fail', value: 'fail', description: 'Receive nothing' },
		{ name: 'Overwrite', value: 'overwrite', description: 'Replace it when the new file is whole' },
		{ name: 'Rename', value: 'rename', description: 'Keep both: the new file gets a number' },
		{
			name: 'Skip',
			value: 'skip',
			description:
				'Keep it. The output says whether it differs in size, or in its checksum, if that is known from an earlier download and the file has changed since.',
		},
	],
	default: 'skip',
	description: 'What to do if the folder already contains the file',
} as const;

const linkPassword = {
	displayName: 'Link Password',
	name: 'linkPassword',
	type: 'string',
	typeOptions: { password: true },
	default: '',
	description: 'Password of the link, if it has one. n8n stores it with executions.',
	displayOptions: forLink,
} as const;

const namesForWindows = {
	displayName: 'Names for Windows',
	name: 'namesForWindows',
	type: 'boolean',
	default: false,
	description:
		'Whether to change names that Windows does not allow, such as those with colons or a dot at the end, also where the disk allows them',
} as const;

/** How files are received, whichever they are. */
export const downloadOptions = [
	alsoReceive,
	{ ...ifExists, displayOptions: toFolder },
	linkPassword,
	{ ...namesForWindows, displayOptions: toFolder },
	{ ...server, displayOptions: forLink },
] as const;

const exclude = {
	displayName: 'Exclude',
	name: 'exclude',
	type: 'string',
	accepts: 'patterns',
	default: '',
	placeholder: 'e.g. *.tmp, PROXIES/',
	description: 'Comma-separated patterns of files to leave out. Written as in Include.',
} as const;

const include = {
	displayName: 'Include',
	name: 'include',
	type: 'string',
	accepts: 'patterns',
	default: '',
	placeholder: 'e.g. *.mov, day 1/**',
	description:
		'Comma-separated patterns of files to receive. If empty, all. * and ? match characters of a name, ** matches any folders. A pattern without / applies in every folder.',
} as const;

/** The same for all files of a package, and which of them. */
export const receiveOptions = [...downloadOptions, checkMd5List, exclude, include] as const;

/**
 * The same for packages that are received as they arrive. A run that dies leaves a package whose files are there and that is not
 * recorded as received: the next one must neither fail because of them, nor receive them under other names.
 */
export const newPackageOptions = [
	alsoReceive,
	checkMd5List,
	exclude,
	{ ...ifExists, options: [ifExists.options[1], ifExists.options[3]] },
	include,
	namesForWindows,
	whenNothingIsNew,
] as const;

/** What to do while another execution receives the same package into the same folder. */
const ifReceiveRunning = {
	displayName: 'If the Same Download Is Running',
	name: 'ifRunning',
	type: 'options',
	options: [
		{ name: 'Fail', value: 'fail', description: 'With an error that says so' },
		{ name: 'Wait', value: 'wait', description: 'For the other execution, then receive what it did not' },
	],
	default: 'fail',
	description:
		'What to do if another execution is already receiving the same package into the same folder. An execution that has died is taken over in any case.',
} as const;

/** Binary data is received by each execution for itself, in parts that fit into its share of the memory. */
export const receiveTransfer = transferField(
	{ ...ifReceiveRunning, displayOptions: toFolder },
	{ displayOptions: toFolder },
);

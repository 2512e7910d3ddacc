import type { IExecuteFunctions } from 'n8n-workflow';

import type { MasvClient } from '../../../masv/client';
import type { DownloadOptions } from '../../../masv/download/downloadFiles';
import { nameRules } from '../../../masv/download/nameRules';
import type { NameRules } from '../../../masv/download/nameRules';
import type { PackageSource } from '../../../masv/download/openSource';
import { matchesPath } from '../../../masv/download/pathPattern';
import { pathOf } from '../../../masv/download/planReceive';
import type { Selection } from '../../../masv/download/selectFiles';
import type { TakeDownloadOptions } from '../../../masv/download/takeDownload';
import { parseLink, serverOf } from '../../../masv/linkAddress';
import type { Authentication, InputOf } from '../operation';
import { linkUrl } from './linkUrl';
import { packageId } from './packageId';
import { readTransfer, transferField } from './transfer';

const forTeam = { show: { authentication: ['teamKey'] } } as const;
const forLink = { show: { authentication: ['none'] } } as const;
const optionForLink = { show: { '/authentication': ['none'] } } as const;

/** Where files come from, and where they go. */
export const receiveFields = [
	{ ...packageId, displayOptions: forTeam },
	{ ...linkUrl, displayOptions: forLink },
	{
		displayName: 'Save To',
		name: 'saveTo',
		type: 'options',
		options: [
			{
				name: 'Binary Field',
				value: 'binary',
				description:
					'One item per file, for the next node. n8n stores the content: only for files that it has room for.',
			},
			{
				name: 'Folder on Disk',
				value: 'folder',
				description:
					'A folder of the machine (or container) n8n runs on. For files of any size, and resumed after failures.',
			},
		],
		default: 'folder',
		description: 'Where to save the files',
	},
	{
		displayName: 'Folder',
		name: 'folder',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. /media/incoming',
		hint: 'On the machine (or container) n8n runs on. Each package gets a folder of its own in it.',
		description:
			'A folder that n8n is allowed to write. Administrators allow folders with N8N_RESTRICT_FILE_ACCESS_TO. It is created if it is missing.',
		displayOptions: { show: { saveTo: ['folder'] } },
	},
	{
		displayName: 'Put Output File in Field',
		name: 'outputField',
		type: 'string',
		default: 'data',
		required: true,
		description: 'Name of the binary field of the output item that contains the file',
		displayOptions: { show: { saveTo: ['binary'] } },
	},
] as const;

const toFolder = { show: { '/saveTo': ['folder'] } } as const;

export const receiveOptions = [
	{
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
		description: 'What is left out otherwise',
	},
	{
		displayName: 'Exclude',
		name: 'exclude',
		type: 'string',
		accepts: 'list',
		default: '',
		placeholder: 'e.g. *.tmp, PROXIES/',
		description: 'Comma-separated patterns of files to leave out. Written as in Include.',
	},
	{
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
				description: 'Keep it. One that has another size is listed in the output (skipped) as different.',
			},
		],
		default: 'skip',
		description: 'What to do if the folder already contains the file',
		displayOptions: toFolder,
	},
	{
		displayName: 'Include',
		name: 'include',
		type: 'string',
		accepts: 'list',
		default: '',
		placeholder: 'e.g. *.mov, day 1/**',
		description:
			'Comma-separated patterns of files to receive. If empty, all. * and ? match characters of a name, ** matches any folders. A pattern without / applies in every folder.',
	},
	{
		displayName: 'Link Password',
		name: 'linkPassword',
		type: 'string',
		typeOptions: { password: true },
		default: '',
		description: 'Password of the link, if it has one. n8n stores it with executions.',
		displayOptions: optionForLink,
	},
	{
		displayName: 'Names for Windows',
		name: 'namesForWindows',
		type: 'boolean',
		default: false,
		description:
			'Whether to change names that Windows does not allow, such as those with colons or a dot at the end, also where the disk allows them',
		displayOptions: toFolder,
	},
	{
		displayName: 'Server',
		name: 'server',
		type: 'string',
		default: '',
		placeholder: 'e.g. https://api.massive.app',
		description:
			'Base URL of the API. Required only if the link does not lead to get.massive.io or get.massive.app. No request is sent to the host in a link.',
		displayOptions: optionForLink,
	},
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

export const receiveTransfer = transferField(ifReceiveRunning);

type ReceiveInput = InputOf<typeof receiveFields> & {
	options: Partial<InputOf<typeof receiveOptions>>;
	transfer: InputOf<[typeof receiveTransfer]>['transfer'];
};

/**
 * The package or link, and the client for its server. Of a link, only the server that serves it is asked, without a key.
 * @throws MasvInputError for what is not a link, or if its server is not known
 */
export function readSource(
	masv: MasvClient,
	authentication: Authentication,
	input: Pick<ReceiveInput, 'packageId' | 'linkUrl' | 'options'>,
): { client: MasvClient; source: PackageSource } {
	if (authentication !== 'none') return { client: masv, source: { kind: 'package', packageId: input.packageId } };
	const { linkPassword = '', server = '' } = input.options;
	const address = parseLink(input.linkUrl, linkUrl.displayName);
	const { linkId, secret } = address;
	const baseUrl = serverOf(address, server, 'Server');
	const password = linkPassword === '' ? undefined : linkPassword;
	const client = masv.forServer(baseUrl, secret);
	client.secrets.add(password);
	return { client, source: { kind: 'link', link: { linkId, secret, password } } };
}

export function readSelection({ options }: Pick<ReceiveInput, 'options'>): Selection {
	const { include = [], exclude = [], alsoReceive = [] } = options;
	return {
		infected: alsoReceive.includes('infected'),
		archives: alsoReceive.includes('archives'),
		isWanted: (entry) => {
			const path = pathOf(entry);
			const isAmong = (patterns: readonly string[]): boolean => patterns.some((pattern) => matchesPath(pattern, path));
			return (include.length === 0 || isAmong(include)) && !isAmong(exclude);
		},
	};
}

export function readRules({ options }: Pick<ReceiveInput, 'options'>): NameRules | undefined {
	return options.namesForWindows === true ? nameRules.windows : undefined;
}

/** Converts the user's options for the downloader. Progress is written to n8n's log. */
export function readDownloadOptions(
	n8n: IExecuteFunctions,
	{ transfer }: Pick<ReceiveInput, 'transfer'>,
): DownloadOptions & TakeDownloadOptions {
	const { partBytes, ...shared } = readTransfer(n8n, transfer, 'download');
	return {
		...shared,
		parallelRanges: transfer.parallelParts,
		rangeBytes: partBytes,
		ifRunning: transfer.ifRunning,
		verifyContent: transfer.verifyParts,
	};
}

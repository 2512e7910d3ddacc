import type { IExecuteFunctions } from 'n8n-workflow';

import type { MasvClient } from '../../../masv/client';
import type { DownloadOptions } from '../../../masv/download/downloadFiles';
import type { PackageSource } from '../../../masv/download/openSource';
import type { PathMatcher } from '../../../masv/download/pathPattern';
import { namesIn, readPathPattern } from '../../../masv/download/pathPattern';
import { pathOf } from '../../../masv/download/planReceive';
import type { Selection } from '../../../masv/download/selectFiles';
import type { TakeDownloadOptions } from '../../../masv/download/takeDownload';
import type { Authentication, InputOf } from '../operation';
import { linkUrl, readLink } from './linkUrl';
import { packageId } from './packageId';
import type { downloadOptions, receiveOptions, receiveTransfer } from './receiveOptions';
import { readTransfer } from './transfer';

const forTeam = { show: { authentication: ['teamKey'] } } as const;
const forLink = { show: { authentication: ['none'] } } as const;

/** Where files come from. */
export const receiveFrom = [
	{ ...packageId, displayOptions: forTeam },
	{ ...linkUrl, displayOptions: forLink },
] as const;

/** The folder that the folders of packages are in. */
export const receiveFolder = {
	displayName: 'Folder',
	name: 'folder',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. /media/incoming',
	hint: 'On the machine (or container) n8n runs on. Each package gets a folder of its own in it.',
	description:
		'A folder that n8n is allowed to write to. Administrators allow folders with N8N_RESTRICT_FILE_ACCESS_TO. It is created if it does not exist.',
} as const;

/** Where they go. */
export const receiveTo = [
	{
		displayName: 'Save To',
		name: 'saveTo',
		type: 'options',
		options: [
			{
				name: 'Binary Field',
				value: 'binary',
				description: 'One item per file, for the next node. n8n must have room to store the content.',
			},
			{
				name: 'Folder on Disk',
				value: 'folder',
				description:
					'A folder on the machine (or container) n8n runs on. For files of any size, and resumed after failures.',
			},
		],
		default: 'folder',
		description: 'Where to save the files',
	},
	{ ...receiveFolder, displayOptions: { show: { saveTo: ['folder'] } } },
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

type FromInput = InputOf<typeof receiveFrom> & { options: Partial<InputOf<typeof downloadOptions>> };
type TransferInput = Omit<InputOf<[typeof receiveTransfer]>['transfer'], 'ifRunning'> & { ifRunning?: 'fail' | 'wait' };
type AllFilesInput = { options: Partial<InputOf<typeof receiveOptions>> };

/**
 * The package or link, and the client for its server. Of a link, only the server that serves it is asked, without a key.
 * @throws MasvInputError for what is not a link, or if its server is not known
 */
export function readSource(
	masv: MasvClient,
	authentication: Authentication,
	input: FromInput,
): { client: MasvClient; source: PackageSource } {
	if (authentication !== 'none') return { client: masv, source: { kind: 'package', packageId: input.packageId } };
	const { linkPassword: password, server } = input.options;
	const { client, link } = readLink(masv, authentication, { linkUrl: input.linkUrl, password, server });
	return { client, source: { kind: 'link', link } };
}

/** What is received of files that were asked for. */
export function readAlsoReceive({ options: { alsoReceive = [] } }: Pick<FromInput, 'options'>) {
	return { infected: alsoReceive.includes('infected'), archives: alsoReceive.includes('archives') };
}

function matcherOf(patterns: readonly string[]): PathMatcher {
	const all = patterns.map(readPathPattern);
	return (names) => all.some((matches) => matches(names));
}

export function readSelection(input: AllFilesInput): Selection {
	const { include = [], exclude = [] } = input.options;
	const [isIncluded, isExcluded] = [matcherOf(include), matcherOf(exclude)];
	return {
		...readAlsoReceive(input),
		isWanted: (entry) => {
			const names = namesIn(pathOf(entry));
			return (include.length === 0 || isIncluded(names)) && !isExcluded(names);
		},
	};
}

/** Converts the user's options for the downloader. Progress is written to n8n's log. */
export function readDownloadOptions(
	n8n: IExecuteFunctions,
	{ transfer }: { transfer: TransferInput },
): DownloadOptions & TakeDownloadOptions {
	const { partBytes, parallelParts, ...shared } = readTransfer(n8n, transfer, 'download');
	return {
		...shared,
		parallelRanges: parallelParts,
		rangeBytes: partBytes,
		ifRunning: transfer.ifRunning,
		verifyContent: transfer.verifyParts,
	};
}

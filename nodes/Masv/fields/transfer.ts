import type { IExecuteFunctions } from 'n8n-workflow';

import type { MasvClient } from '../../../masv/client';
import { outageOf } from '../../../masv/retry';
import type { Bookkeeping } from '../../../masv/transfer/bookkeeping';
import type { Progress } from '../../../masv/transfer/progress';
import type { UploadOptions } from '../../../masv/upload/uploadOptions';
import { describeProgress } from '../files/progressText';
import { nodeScope } from '../nodeScope';
import type { Field, InputOf } from '../operation';
import { platform } from '../platform';
import { toBandwidthLimit } from '../values/bandwidthLimit';
import { optionalText } from '../values/text';
import { warnIfUnshared } from '../warnIfUnshared';

const mebibyte = 1024 * 1024;
const minute = 60_000;

const bandwidthLimit = {
	displayName: 'Bandwidth Limit',
	name: 'bandwidthLimit',
	type: 'string',
	default: '',
	placeholder: 'e.g. 20 or Mon-Fri 08:00-19:00 5; else none',
	description:
		'In MiB per second, or a timetable in the time zone of the workflow, whose first matching entry applies. Empty: no limit. All executions of this n8n process with the same limit share it, sending and receiving together.',
} as const;

const partSize = {
	displayName: 'Part Size (MiB)',
	name: 'partSize',
	type: 'number',
	typeOptions: { minValue: 5, maxValue: 5120 },
	default: 32,
	description:
		'Size of the parts in which files are transferred. Large files may need larger parts. Uploads of binary data that n8n can only stream use at most 96 MiB, unless the file needs more.',
} as const;

const otherOptions = [
	{
		displayName: 'Parallel Parts',
		name: 'parallelParts',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 64 },
		default: 0,
		description:
			'How many parts to transfer at the same time, across all files. 0: automatic, as many as fill the line, between 8 and 64.',
	},
	{
		displayName: 'Retry For (Minutes)',
		name: 'retryMinutes',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 1440 },
		default: 15,
		description: 'How long to keep retrying during an outage before the transfer fails',
	},
	{
		displayName: 'Verify Parts',
		name: 'verifyParts',
		type: 'options',
		options: [
			{
				name: 'Automatic',
				value: 'automatic',
				description:
					'Compare the MD5 of each part with what the storage reports, as long as this does not slow down the transfer. Small transfers are always verified.',
			},
			{
				name: 'Always',
				value: 'always',
				description:
					'Verify every part. Slower on very fast connections, because computing an MD5 takes processor time.',
			},
			{ name: 'Never', value: 'never', description: 'Do not verify parts' },
		],
		default: 'automatic',
		description:
			'Whether to verify that each part arrived undamaged. A damaged part is transferred again. The output shows for each file whether all its parts were verified (md5_verified, or verified for a file that was received).',
	},
] as const;

/** How files are transferred, whatever is transferred where. */
export const transferOptions = [partSize, ...otherOptions] as const;

/** What to do while another execution works on the same files for the same package. */
export const ifRunning = {
	displayName: 'If the Same Delivery Is Running',
	name: 'ifRunning',
	type: 'options',
	options: [
		{ name: 'Fail', value: 'fail', description: 'With an error that says so' },
		{
			name: 'Send Anyway',
			value: 'sendAnyway',
			description: 'In a package of its own. If this is interrupted, it cannot be resumed.',
		},
		{
			name: 'Wait',
			value: 'wait',
			description: 'For the other execution. If it delivers the same content, its package is the result.',
		},
	],
	default: 'fail',
	description:
		'What to do if another execution of this node is already sending the same files to the same place. An execution that has died is taken over in any case.',
} as const;

/** The same for files that go to an existing package, where sending anyway would double them. */
export const ifUploadRunning = {
	displayName: 'If the Same Upload Is Running',
	name: 'ifRunning',
	type: 'options',
	options: [
		{ name: 'Fail', value: 'fail', description: 'With an error for these files' },
		{ name: 'Wait', value: 'wait', description: 'For the other execution, then upload what it did not' },
	],
	default: 'fail',
	description:
		'What to do if another execution is already uploading some of the same files to the same package. An execution that has died is taken over in any case.',
} as const;

/**
 * The collection of {@link transferOptions}, and what to do if the same transfer is running.
 * @param partsShown where the size of parts matters
 */
export function transferField<const F extends Field>(ifSameRuns: F, partsShown: Pick<Field, 'displayOptions'> = {}) {
	return {
		displayName: 'Transfer',
		name: 'transfer',
		type: 'collection',
		placeholder: 'Add transfer option',
		default: {},
		options: [bandwidthLimit, ifSameRuns, { ...partSize, ...partsShown }, ...otherOptions],
	} as const;
}

/**
 * The client with the user's limit of the rate. The limit belongs to the process, and is the same for all nodes that state it in
 * the same words.
 * @throws MasvInputError for a text that is no limit
 */
export function limitBandwidth(
	masv: MasvClient,
	n8n: Pick<IExecuteFunctions, 'getTimezone'>,
	transfer: Partial<InputOf<[typeof bandwidthLimit]>>,
): MasvClient {
	const text = optionalText(transfer.bandwidthLimit);
	if (text === undefined) return masv;
	const zone = n8n.getTimezone();
	const rateAt = toBandwidthLimit(text, bandwidthLimit.displayName, zone);
	return masv.withBandwidth(platform.bandwidths(JSON.stringify([zone, text]), rateAt));
}

type TransferInput = Partial<InputOf<typeof transferOptions>> & { ifRunning?: 'fail' | 'wait' | 'sendAnyway' };

/** Where a run leaves notes for the next one, and keeps others away meanwhile. */
export function readBookkeeping(n8n: IExecuteFunctions, kind: 'upload' | 'download' | 'transfer'): Bookkeeping {
	warnIfUnshared(n8n);
	return platform.bookkeeping(
		(folder, reason) =>
			n8n.logger.warn(
				`MASV: interrupted ${kind}s cannot be resumed because they cannot be recorded in ${folder} (${reason})`,
			),
		n8n.getExecutionCancelSignal(),
	);
}

/** What both directions read from the user's options, and where a run leaves notes and writes its progress: n8n's log. */
export function readTransfer(
	n8n: IExecuteFunctions,
	{ partSize, retryMinutes, parallelParts }: TransferInput,
	direction: 'upload' | 'download',
) {
	return {
		parallelParts: parallelParts === 0 ? undefined : parallelParts,
		partBytes: partSize === undefined ? undefined : partSize * mebibyte,
		policy: retryMinutes === undefined ? undefined : outageOf(retryMinutes * minute),
		...readBookkeeping(n8n, direction),
		load: platform.load,
		lines: platform.lines,
		memoryShares: platform.memoryShares,
		onWarning: (text: string) => n8n.logger.warn(`MASV: ${text}`),
		onProgress: (progress: Progress) => n8n.logger.info(describeProgress(progress, direction)),
	};
}

/** Converts the user's options for the uploader. */
export function readUploadOptions(n8n: IExecuteFunctions, transfer: TransferInput): UploadOptions {
	const { verifyParts, ifRunning: ifSameRuns } = transfer;
	return {
		...readTransfer(n8n, transfer, 'upload'),
		scope: nodeScope(n8n),
		ifRunning: ifSameRuns,
		verifyParts,
	};
}

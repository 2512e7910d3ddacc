import type { IExecuteFunctions } from 'n8n-workflow';

import { outageOf } from '../../../masv/retry';
import type { Progress } from '../../../masv/transfer/progress';
import type { UploadOptions } from '../../../masv/upload/uploadOptions';
import { describeProgress } from '../files/progressText';
import { nodeScope } from '../nodeScope';
import type { Field, InputOf } from '../operation';
import { platform } from '../platform';

const mebibyte = 1024 * 1024;
const minute = 60_000;

/** How files are transferred, whatever is transferred where. */
export const transferOptions = [
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
		displayName: 'Part Size (MiB)',
		name: 'partSize',
		type: 'number',
		typeOptions: { minValue: 5, maxValue: 5120 },
		default: 32,
		description:
			'Size of the parts in which files are transferred. Large files may need larger parts; binary data that n8n can only stream gets at most 96 MiB unless it needs more.',
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
			'Whether to verify that each part arrived undamaged. A damaged part is transferred again. The output shows for each file whether all its parts were verified (md5_verified).',
	},
] as const;

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

/** The collection of {@link transferOptions}, and what to do if the same transfer is running. */
export function transferField<const F extends Field>(ifSameRuns: F) {
	return {
		displayName: 'Transfer',
		name: 'transfer',
		type: 'collection',
		placeholder: 'Add transfer option',
		default: {},
		options: [ifSameRuns, ...transferOptions],
	} as const;
}

type TransferInput = Partial<InputOf<typeof transferOptions>> & { ifRunning?: 'fail' | 'wait' | 'sendAnyway' };

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
		...platform.bookkeeping(
			(folder, reason) =>
				n8n.logger.warn(
					`MASV: interrupted ${direction}s cannot be resumed because they cannot be recorded in ${folder} (${reason})`,
				),
			n8n.getExecutionCancelSignal(),
		),
		load: platform.load,
		lines: platform.lines,
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

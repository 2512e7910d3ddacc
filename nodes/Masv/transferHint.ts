import type { IExecuteFunctions } from 'n8n-workflow';

import { formatBytes } from '../../masv/formatBytes';

/** What was sent in one go. Keys as in the output. */
export interface Sent {
	files: number;
	bytes: number;
	parts: number;
	retried_parts: number;
	/** Parts that an earlier run had sent. */
	resumed_parts: number;
	duration_ms: number;
}

/** What was received in one go. Keys as in the output. */
export interface Received {
	files: ReadonlyArray<{ size: number; resumed_bytes: number }>;
	skipped: ReadonlyArray<{ reason: string }>;
	md5_check?: { verified: number; failed: number; missing: number };
	duration_ms: number;
}

/** What MASV transfers on its own, as far as it says so. */
export interface Pulled {
	files: number | undefined;
	bytes: number | undefined;
	/** Whether the node has waited for the end. */
	isComplete: boolean;
}

/** Shows warnings above the output, of a run whose items do not say them. */
export function showWarnings(n8n: Partial<IExecuteFunctions>, warnings: readonly string[]): void {
	for (const message of warnings) n8n.addExecutionHints?.({ message, type: 'warning', location: 'outputPane' });
}

/** Collects what all items of an execution transfer: n8n shows every hint on its own. */
export class TransferHints {
	readonly #sent: Sent[] = [];
	readonly #received: Received[] = [];
	readonly #pulled: Pulled[] = [];

	sent(sent: Sent): void {
		this.#sent.push(sent);
	}

	received(received: Received): void {
		this.#received.push(received);
	}

	pulled(pulled: Pulled): void {
		this.#pulled.push(pulled);
	}

	/** Shows above the output what was transferred: n8n shows nothing while a node runs. */
	show(n8n: Partial<IExecuteFunctions>): void {
		const messages = [
			...(this.#sent.length > 0 ? [describeSent(sumOfSent(this.#sent))] : []),
			...(this.#received.length > 0 ? [describeReceived(this.#received)] : []),
			...this.#pulled.map(describePulled),
		];
		// Older versions of n8n have no hints.
		for (const message of messages) n8n.addExecutionHints?.({ message, type: 'info', location: 'outputPane' });
	}
}

export function describeSent(sent: Sent): string {
	const { files, bytes, duration_ms: durationMs, parts, retried_parts: retried, resumed_parts: resumed } = sent;
	const what = `${counted(files, 'file')}, ${formatBytes(bytes)}`;
	// Nothing is left that this execution could have sent.
	if (resumed > 0 && resumed >= parts) return `Sent ${what}. An earlier execution had uploaded all of it.`;
	const seconds = Math.max(durationMs, 1) / 1000;
	// What an earlier run has sent took no time in this one.
	const rate = resumed > 0 ? '' : ` (${formatBytes(bytes / seconds)}/s)`;
	const sentences = [
		`Sent ${what}, in ${describeDuration(seconds)}${rate}`,
		...(retried > 0 ? [`${counted(retried, 'part')} had to be sent again`] : []),
		...(resumed > 0 ? [`${resumed} of ${counted(parts, 'part')} had been sent by an earlier execution`] : []),
	];
	return `${sentences.join('. ')}.`;
}

export function describeReceived(all: readonly Received[]): string {
	const files = all.flatMap((each) => each.files);
	// Nobody misses the archives that MASV generates of every package.
	const skipped = sum(all, ({ skipped: some }) => some.filter(({ reason }) => reason !== 'archive').length);
	const bytes = sum(files, ({ size }) => size);
	const resumed = sum(files, ({ resumed_bytes }) => resumed_bytes);
	const checks = all.flatMap(({ md5_check: check }) => check ?? []);
	const wrong = sum(checks, ({ failed, missing }) => failed + missing);
	const verified = sum(checks, ({ verified: matching }) => matching);
	const seconds =
		Math.max(
			sum(all, ({ duration_ms }) => duration_ms),
			1,
		) / 1000;
	// What an earlier run has received took no time in this one.
	const rate = resumed > 0 || bytes === 0 ? '' : ` (${formatBytes(bytes / seconds)}/s)`;
	const sentences = [
		`Received ${counted(files.length, 'file')}, ${formatBytes(bytes)}, in ${describeDuration(seconds)}${rate}`,
		...(resumed > 0 ? [`${formatBytes(resumed)} had been received by an earlier execution`] : []),
		...(skipped > 0 ? [`${counted(skipped, 'file')} skipped`] : []),
		...(checks.length > 0 ? [`MD5 list: ${verified} verified, ${wrong} failed or missing`] : []),
	];
	return `${sentences.join('. ')}.`;
}

export function describePulled({ files, bytes, isComplete }: Pulled): string {
	if (!isComplete) return 'MASV is transferring the files from the storage.';
	const what = files === undefined ? 'the files' : counted(files, 'file');
	const size = bytes === undefined ? '' : ` (${formatBytes(bytes)})`;
	return `MASV transferred ${what}${size} from the storage.`;
}

function sumOfSent(all: readonly Sent[]): Sent {
	return {
		files: sum(all, ({ files }) => files),
		bytes: sum(all, ({ bytes }) => bytes),
		parts: sum(all, ({ parts }) => parts),
		retried_parts: sum(all, ({ retried_parts }) => retried_parts),
		resumed_parts: sum(all, ({ resumed_parts }) => resumed_parts),
		duration_ms: sum(all, ({ duration_ms }) => duration_ms),
	};
}

function sum<T>(all: readonly T[], valueOf: (one: T) => number): number {
	return all.reduce((total, one) => total + valueOf(one), 0);
}

function describeDuration(seconds: number): string {
	return seconds < 60 ? `${seconds.toFixed(1)} seconds` : `${(seconds / 60).toFixed(1)} minutes`;
}

function counted(count: number, noun: string): string {
	return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

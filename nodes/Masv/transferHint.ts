import type { IExecuteFunctions } from 'n8n-workflow';

import { formatBytes } from '../../masv/formatBytes';

/** What an operation has transferred. Keys as in the output. */
export interface TransferTotals {
	files: number;
	bytes: number;
	retried_parts: number;
	/** Parts that an earlier run had sent. */
	resumed_parts: number;
	duration_ms: number;
}

/** Shows above the output what was transferred: n8n shows nothing while a node runs. */
export function showTransfer(n8n: Partial<IExecuteFunctions>, totals: TransferTotals): void {
	// Older versions of n8n have no hints.
	n8n.addExecutionHints?.({ message: describeTransfer(totals), type: 'info', location: 'outputPane' });
}

export function describeTransfer(totals: TransferTotals): string {
	const { files, bytes, duration_ms: durationMs, retried_parts: retried, resumed_parts: resumed } = totals;
	const seconds = Math.max(durationMs, 1) / 1000;
	// What an earlier run has sent took no time in this one.
	const rate = resumed > 0 ? '' : ` (${formatBytes(bytes / seconds)}/s)`;
	const sentences = [
		`Sent ${counted(files, 'file')}, ${formatBytes(bytes)}, in ${describeDuration(seconds)}${rate}`,
		...(retried > 0 ? [`${counted(retried, 'part')} had to be sent again`] : []),
		...(resumed > 0 ? [`${counted(resumed, 'part')} had been sent by an earlier execution`] : []),
	];
	return `${sentences.join('. ')}.`;
}

/** The same for what was received. */
export function showReceived(
	n8n: Partial<IExecuteFunctions>,
	received: { files: Array<{ size: number; resumed_bytes: number }>; skipped: unknown[]; duration_ms: number },
): void {
	n8n.addExecutionHints?.({ message: describeReceived(received), type: 'info', location: 'outputPane' });
}

export function describeReceived({
	files,
	skipped,
	duration_ms: durationMs,
}: Parameters<typeof showReceived>[1]): string {
	const bytes = files.reduce((sum, { size }) => sum + size, 0);
	const resumed = files.reduce((sum, { resumed_bytes }) => sum + resumed_bytes, 0);
	const seconds = Math.max(durationMs, 1) / 1000;
	// What an earlier run has received took no time in this one.
	const rate = resumed > 0 || bytes === 0 ? '' : ` (${formatBytes(bytes / seconds)}/s)`;
	const sentences = [
		`Received ${counted(files.length, 'file')}, ${formatBytes(bytes)}, in ${describeDuration(seconds)}${rate}`,
		...(resumed > 0 ? [`${formatBytes(resumed)} had been received by an earlier execution`] : []),
		...(skipped.length > 0 ? [`${counted(skipped.length, 'file')} skipped`] : []),
	];
	return `${sentences.join('. ')}.`;
}

function describeDuration(seconds: number): string {
	return seconds < 60 ? `${seconds.toFixed(1)} seconds` : `${(seconds / 60).toFixed(1)} minutes`;
}

function counted(count: number, noun: string): string {
	return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

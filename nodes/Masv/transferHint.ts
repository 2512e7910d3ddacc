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

function describeDuration(seconds: number): string {
	return seconds < 60 ? `${seconds.toFixed(1)} seconds` : `${(seconds / 60).toFixed(1)} minutes`;
}

function counted(count: number, noun: string): string {
	return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

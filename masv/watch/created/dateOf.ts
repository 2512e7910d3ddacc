import { toTime } from '../../dates';
import { maxAheadMs } from './limits';

/** A date in milliseconds; undefined if it is none, or not a possible one. */
export function dateOf(date: unknown, nowMs: number): number | undefined {
	const at = toTime(date);
	return at !== undefined && isPossible(at, nowMs) ? at : undefined;
}

/**
 * Whether a record can have been created then, by our own clock, which may be off. What is dated long before the newest record
 * counts as settled, so a single wrong date in the future would hide everything that happens until then.
 */
export function isPossible(at: number, nowMs: number): boolean {
	return at <= nowMs + maxAheadMs;
}

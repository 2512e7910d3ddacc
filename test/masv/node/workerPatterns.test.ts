import { MasvCancelledError } from '../../../masv/errors';
import type { Timer } from '../../../masv/node/callLimit';
import { createMatchPattern } from '../../../masv/node/workerPatterns';
import { failureOf } from '../../support/failureOf';

const slow = ['^([A-Za-z0-9]+_?)+$', `${'a'.repeat(49)}!`] as const;

describe('a pattern that someone else wrote', () => {
	const matchPattern = createMatchPattern(() => () => undefined);

	it.each([
		['that matches', '^EP\\d+$', 'EP12', true],
		['that does not match', '^EP\\d+$', 'EP', false],
		['for another regex engine', '(?P<x>a)', 'a', undefined],
		['with letters of any script', '^\\p{L}+$', 'Größe', true],
		['with one character beyond the basic ones', '^.$', '🎬', true],
		['with a look-behind', '(?<!a)b', 'b', true],
		['with escapes that are not needed', '^\\d{4}\\-\\d\\_[\\-\\ ]\\\\\\.$', '2026-1_ \\.', true],
		['with the ends of a text in other engines', '\\A[a-z]+\\z', 'abc', undefined],
		['with classes of other engines', '^[[:alpha:]]+$', 'abc', undefined],
		['with a quotation of other engines', '^\\Qa.b\\E$', 'a.b', undefined],
		['with a repetition of other engines', '^a{,3}$', 'aa', undefined],
		['with a code point of other engines', '^\\x{41}$', 'A', undefined],
		['with a bracket in a class of other engines', '^[^]]+$', 'abc', undefined],
		['with flags of other engines', '(?i)^abc$', 'ABC', undefined],
		['that is not one', '(', '(', undefined],
		['that is very long', 'a'.repeat(2_001), 'a', undefined],
		['with a very long text', 'a', 'a'.repeat(10_001), undefined],
	])('%s is true, false or left open', async (_, pattern, text, expected) => {
		expect(await matchPattern(pattern, text)).toBe(expected);
	});

	it('is given up after a second, without blocking anything meanwhile', async () => {
		let limit: number | undefined;
		const timer: Timer = (run, ms) => {
			limit = ms;
			// Runs only if the event loop is free.
			setImmediate(run);
			return () => undefined;
		};
		expect(await createMatchPattern(timer)(...slow)).toBeUndefined();
		expect(limit).toBe(1_000);
	});

	it('is given up when the execution is cancelled', async () => {
		const stop = new AbortController();
		const error = failureOf(matchPattern(...slow, stop.signal));
		stop.abort();
		expect(await error).toBeInstanceOf(MasvCancelledError);
	});
});

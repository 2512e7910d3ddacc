import { namesIn, readPathPattern } from '../../../masv/download/pathPattern';

const matchesPath = (pattern: string, path: string): boolean => readPathPattern(pattern)(namesIn(path));

describe('a pattern', () => {
	it.each([
		['*.mov', 'A001.MOV'],
		['*.mov', 'day 1/CLIPS/A001.mov'],
		['a00?.mov', 'A001.mov'],
		['day 1/**', 'day 1/CLIPS/A001.mov'],
		['day 1/', 'day 1/CLIPS/A001.mov'],
		['**/CLIPS/*.mov', 'CLIPS/a.mov'],
		['**/CLIPS/*.mov', 'x/y/clips/a.mov'],
		['/day 1/a.mov', 'day 1/a.mov'],
		['day 1\\*.mov', 'day 1/a.mov'],
		['caf\u00e9*', 'cafe\u0301.wav'],
		['**', 'x/y'],
		['*', 'anything'],
		['a/**/b/**/c', 'a/1/b/2/b/3/c'],
		['*a*b*', 'xxaxxbxx'],
	])('%j is about %j', (pattern, path) => expect(matchesPath(pattern, path)).toBe(true));

	it.each([
		['*.mov', 'A001.mov.part'],
		['*.mov', 'mov/a.txt'],
		['day 1/*.mov', 'day 1/CLIPS/A001.mov'],
		['day 1/', 'day 10/a.mov'],
		['a00?.mov', 'A00.mov'],
		['a/**/c', 'a/b'],
		['', 'a'],
		['a.c', 'abc'],
	])('%j is not about %j', (pattern, path) => expect(matchesPath(pattern, path)).toBe(false));

	it('that is made to be slow is not', () => {
		expect(matchesPath(`${'*a'.repeat(2000)}b`, 'a'.repeat(5000))).toBe(false);
		expect(matchesPath(`${'**/a/'.repeat(500)}b`, 'a/'.repeat(1500))).toBe(false);
	});
});

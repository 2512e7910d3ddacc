import { trimEnds } from '../../masv/trimEnds';

describe('trimEnds', () => {
	it.each([
		['//a//b//', { start: /\// }, 'a//b//'],
		['//a//b//', { end: /\// }, '//a//b'],
		['//a//b//', { start: /\//, end: /\// }, 'a//b'],
		['//a.', { start: /\//, end: /\./ }, 'a'],
		['///', { start: /\//, end: /\// }, ''],
		['///', { end: /\// }, ''],
		['', { start: /\//, end: /\// }, ''],
		['a/b', {}, 'a/b'],
	])('%j without %j is %j', (text, ends, trimmed) => {
		expect(trimEnds(text, ends)).toBe(trimmed);
	});
});

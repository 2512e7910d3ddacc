import { cleanName, markName, partialNameOf } from '../../../masv/download/cleanName';
import { alsoForWindows, nameRules } from '../../../masv/download/nameRules';
import type { HostileName } from './hostileNames';
import { hostileNames } from './hostileNames';

const { linux, macos, windows } = nameRules;
const groups = Object.entries(hostileNames);

test('there are 200 hostile names', () => {
	expect(new Set(groups.flatMap(([, rows]) => rows.map(([raw]) => raw))).size).toBeGreaterThanOrEqual(200);
});

describe.each(groups)('names with %s', (_, rows) => {
	const expected = (column: 1 | 2) => rows.map((row: HostileName) => [row[0], row[column] ?? row[0]]);
	const cleaned = (rules: typeof linux) => rows.map(([raw]) => [raw, cleanName(raw, rules)]);

	it('are safe on Linux and macOS, and change no more than necessary', () => {
		expect(cleaned(linux)).toEqual(expected(1));
		expect(cleaned(macos)).toEqual(expected(1));
	});

	it('are valid on Windows', () => {
		expect(cleaned(windows)).toEqual(expected(2));
		expect(cleaned(alsoForWindows(linux))).toEqual(expected(2));
	});

	it('stay as they are when they are cleaned again', () => {
		for (const rules of [linux, macos, windows]) {
			const once = rows.map(([raw]) => cleanName(raw, rules));
			expect(once.map((name) => cleanName(name, rules))).toEqual(once);
		}
	});
});

describe('long names', () => {
	const limits = [
		['Linux, in bytes', linux, (name: string) => Buffer.byteLength(name)],
		['Windows, in UTF-16', windows, (name: string) => name.length],
		['both', alsoForWindows(linux), (name: string) => Buffer.byteLength(name)],
	] as const;

	it.each(limits)('fit the limit of %s, with their whole characters and their extension', (__, rules, lengthOf) => {
		for (const character of ['a', 'é', '映', '🎬', 'e\u0301']) {
			for (const extra of [0, 1, 2, 3, 4, 200]) {
				const name = cleanName(`${character.repeat(Math.floor(250 / lengthOf(character)) + extra)}.mov`, rules);
				expect(lengthOf(name)).toBeLessThanOrEqual(255);
				expect(lengthOf(name)).toBeGreaterThan(extra < 1 ? 240 : 250);
				expect(name).toMatch(/\.mov$/);
				expect(name.isWellFormed()).toBe(true);
			}
		}
	});

	it.each(limits)('are not changed if they just fit %s', (__, rules, lengthOf) => {
		const longest = `${'a'.repeat(251)}.mov`;
		expect([cleanName(longest, rules), lengthOf(longest)]).toEqual([longest, 255]);
	});

	it.each([`.${'e'.repeat(300)}`, `a.${'e'.repeat(300)}`, `${'a'.repeat(254)}. b`, `${'a'.repeat(253)}  .x`])(
		'fit without an extension: %#',
		(name) => {
			for (const rules of [linux, windows]) {
				const fitting = cleanName(name, rules);
				expect(rules.lengthOf(fitting)).toBeLessThanOrEqual(255);
				expect(cleanName(fitting, rules)).toBe(fitting);
			}
		},
	);

	it('that are devices of Windows fit with their mark', () => {
		const name = cleanName(`con.${'a'.repeat(251)}`, windows);
		expect(name).toMatch(/^_con\.a+$/);
		expect(name).toHaveLength(255);
	});
});

test('the mark of a second file of the same name comes before its extension, whatever its length', () => {
	expect(markName('A001.mov', 'ID', linux)).toBe('A001 (ID).mov');
	expect(markName('archive.tar.gz', 'ID', linux)).toBe('archive.tar (ID).gz');
	expect(markName('.bashrc', 'ID', linux)).toBe('.bashrc (ID)');
	expect(markName('Day 1.5', 'ID', linux, true)).toBe('Day 1.5 (ID)');
	const marked = markName(`${'é'.repeat(125)}.mov`, 'ID', linux);
	expect(marked).toMatch(/^é+ \(ID\)\.mov$/);
	expect(Buffer.byteLength(marked)).toBeLessThanOrEqual(255);
});

test('a partial file is named after its file, as far as that fits', () => {
	expect(partialNameOf('A001.mov', linux)).toBe('A001.mov.part');
	const longest = `${'a'.repeat(251)}.mov`;
	expect(partialNameOf(longest, linux)).toBe(`${'a'.repeat(250)}.part`);
});

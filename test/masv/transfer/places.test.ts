import { MasvInputError } from '../../../masv/errors';
import { failureOf } from '../../support/failureOf';
import { checkFileName, checkPlaces, labelOf, printable, toPackagePath } from '../../../masv/transfer/places';

describe('toPackagePath', () => {
	it.each([
		['', ''],
		['/', ''],
		['/day 1//camera A/', 'day 1/camera A'],
		['day 1\\camera A', 'day 1/camera A'],
		['./a/./b', 'a/b'],
		['..a/b..', '..a/b..'],
		['Größe/映画', 'Größe/映画'],
	])('makes %j to %j', (text, path) => expect(toPackagePath(text, 'Folder')).toBe(path));

	it.each(['..', 'a/../b', 'a\\..', 'a\nb', 'a\u0000b', 'a\u007fb', 'a/\ud83c', 'C:\\x', 'c:', '/d:/x'])(
		'refuses %j',
		(text) => {
			expect(() => toPackagePath(text, 'Folder')).toThrow(MasvInputError);
		},
	);

	it('says what is wrong with a path on a drive', () => {
		let hint: string | undefined;
		try {
			toPackagePath('C:\\x', 'Folder');
		} catch (error) {
			hint = (error as MasvInputError).hint;
		}
		expect(hint).toContain('begins with a drive letter');
	});
});

describe('checkFileName', () => {
	it.each(['a', '.hidden', '...', ' a ', 'C:x', 'GrÃ\u009fe', 'Größe 映画 🎬.mov'])('takes %j as it is', (name) => {
		expect(checkFileName(name, 'Files')).toBe(name);
	});

	it.each(['', '.', '..', 'a/b', 'a\\b', 'a\nb', 'a\u0000', 'a\u007f', '\ud83c.mov'])('refuses %j', (name) => {
		expect(() => checkFileName(name, 'Files')).toThrow(MasvInputError);
	});
});

describe('checkPlaces', () => {
	const at = (path: string, name: string, describedAs?: string) => ({ path, name, describedAs });
	const check = async (...places: Array<ReturnType<typeof at>>) =>
		await checkPlaces(places, { sleep: () => Promise.resolve() });

	it('takes the same name in different folders', async () => {
		await expect(check(at('', 'a'), at('b', 'a'), at('', 'A'))).resolves.toBeUndefined();
	});

	it('names the place and where both files come from', async () => {
		await expect(check(at('b', 'a', 'Item 1'), at('b', 'a', 'Item 2'))).rejects.toThrow(
			'Two files map to the same path "b/a" in the package (Item 1 and Item 2)',
		);
	});

	it.each([
		['a/..', 'x'],
		['a\\b', 'x'],
		['a\nb', 'x'],
		['a//b', 'x'],
		['/a', 'x'],
		['.', 'x'],
		['', '..'],
		['a', 'x\ty'],
		['a', '\udf00'],
		['C:', 'x'],
		['c:/temp', 'x'],
	])('refuses a file named by folder %j and name %j', async (path, name) => {
		await expect(check(at('a', 'x'), at(path, name))).rejects.toThrow(MasvInputError);
	});

	it('shows what cannot be seen in a name', async () => {
		await expect(check(at('a', 'x\ny\u007f'))).rejects.toThrow(
			'"a/x\\u000ay\\u007f" is not a valid file name: it contains a line break or another control character',
		);
	});

	it.each(['\u0085', '\u009b', '\u2028', '\u061c', '\u200e', '\u202e', '\u2067'])(
		'does not let %j change how a message looks',
		(character) => {
			expect(printable(`a${character}b`)).toBe(`a\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}b`);
			expect(printable('Größe 映画 👩‍🎬')).toBe('Größe 映画 👩‍🎬');
		},
	);

	it('sees through places that are written differently', async () => {
		await expect(check(at('', 'a'), at('', 'a'))).rejects.toThrow(
			`Two files map to the same path "${labelOf(at('', 'a'))}"`,
		);
	});

	it('explains two names that look the same', async () => {
		const error = await failureOf(check(at('', 'Größe'), at('', 'Größe'.normalize('NFD'))));
		expect((error as MasvInputError).hint).toContain('their accented characters are encoded differently');
	});
});

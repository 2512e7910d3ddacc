import { MasvInputError } from '../../../masv/errors';
import { checkFileName, checkPlaces, labelOf, toPackagePath } from '../../../masv/transfer/places';

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

	it('takes the same name in different folders', () => {
		expect(() => checkPlaces([at('', 'a'), at('b', 'a'), at('', 'A')])).not.toThrow();
	});

	it('names the place and where both files come from', () => {
		expect(() => checkPlaces([at('b', 'a', 'Item 1'), at('b', 'a', 'Item 2')])).toThrow(
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
	])('refuses a file named by folder %j and name %j', (path, name) => {
		expect(() => checkPlaces([at('a', 'x'), at(path, name)])).toThrow(MasvInputError);
	});

	it('shows what cannot be seen in a name', () => {
		expect(() => checkPlaces([at('a', 'x\ny\u007f')])).toThrow(
			'"a/x\\u000ay\\u007f" is not a valid file name: it contains a line break or another control character',
		);
	});

	it('sees through places that are written differently', () => {
		expect(() => checkPlaces([at('', 'a'), at('', 'a')])).toThrow(
			`Two files map to the same path "${labelOf(at('', 'a'))}"`,
		);
	});

	it('explains two names that look the same', () => {
		let hint: string | undefined;
		try {
			checkPlaces([at('', 'Größe'), at('', 'Größe'.normalize('NFD'))]);
		} catch (error) {
			hint = (error as MasvInputError).hint;
		}
		expect(hint).toContain('their accented characters are encoded differently');
	});
});

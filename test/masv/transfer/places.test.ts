import { MasvInputError } from '../../../masv/errors';
import { checkDistinct, checkFileName, labelOf, toPackagePath } from '../../../masv/transfer/places';

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

	it.each(['..', 'a/../b', 'a\\..', 'a\nb', 'a\u0000b'])('refuses %j', (text) => {
		expect(() => toPackagePath(text, 'Folder')).toThrow(MasvInputError);
	});
});

describe('checkFileName', () => {
	it.each(['a', '.hidden', '...', ' a ', 'Größe 映画 🎬.mov'])('takes %j as it is', (name) => {
		expect(checkFileName(name, 'Files')).toBe(name);
	});

	it.each(['', '.', '..', 'a/b', 'a\\b', 'a\nb', 'a\u0000'])('refuses %j', (name) => {
		expect(() => checkFileName(name, 'Files')).toThrow(MasvInputError);
	});
});

describe('checkDistinct', () => {
	const at = (path: string, name: string, describedAs?: string) => ({ path, name, describedAs });

	it('takes the same name in different folders', () => {
		expect(() => checkDistinct([at('', 'a'), at('b', 'a'), at('', 'A')])).not.toThrow();
	});

	it('names the place and where both files come from', () => {
		expect(() => checkDistinct([at('b', 'a', 'Item 1'), at('b', 'a', 'Item 2')])).toThrow(
			'Two files map to the same path "b/a" in the package (Item 1 and Item 2)',
		);
	});

	it('sees through places that are written differently', () => {
		expect(() => checkDistinct([at('', 'a'), at('', 'a')])).toThrow(
			`Two files map to the same path "${labelOf(at('', 'a'))}"`,
		);
	});
});

import { isInside } from '../../../nodes/Masv/files/fileAccess';

describe('a path', () => {
	it.each([
		['/media/a', '/media/a', true],
		['/media/a/b', '/media/a', true],
		['/media/a/b', '/media/a/', true],
		['/media', '/', true],
		['/media/ab', '/media/a', false],
		['/media', '/media/a', false],
		['/other/media/a', '/media/a', false],
	])('%s in the folder %s: %s', (location, folder, expected) => {
		expect(isInside(location, folder)).toBe(expected);
	});
});

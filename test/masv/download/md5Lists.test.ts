import { addList, isMd5List, noMd5s } from '../../../masv/download/md5Lists';
import { instantClock } from '../../support/instantClock';

const md5 = 'd41d8cd98f00b204e9800998ecf8427e';

async function placesIn(
	paths: string[],
	folder = '',
	there: string[] = [],
): Promise<{ in: string[]; outside: string[] }> {
	const listed = noMd5s();
	const text = paths.map((path) => `${md5}  ${path}\n`).join('');
	await addList(listed, text, folder, (key) => there.includes(key), instantClock());
	return { in: [...listed.byPlace.keys()], outside: [...listed.outside] };
}

describe('a list of MD5s that came along', () => {
	it.each(['MD5SUMS', 'md5sum.txt', 'md5sums', 'Card 1.md5', 'x.MD5', 'a.md5sums', 'md5.txt'])('is %s', (name) => {
		expect(isMd5List(name)).toBe(true);
	});

	it.each(['MD5SUMS.zip', 'md5.mov', 'md5summary', 'sha256sums', 'a.md5.txt.mov'])('is not %s', (name) => {
		expect(isMd5List(name)).toBe(false);
	});

	it('lists places relative to its folder', async () => {
		expect(await placesIn(['a.mov', './b//c.mov', '../d.mov', 'e/../f.mov'], 'day 1/cam')).toEqual({
			in: ['day 1/cam/a.mov', 'day 1/cam/b/c.mov', 'day 1/d.mov', 'day 1/cam/f.mov'],
			outside: [],
		});
	});

	it('names nothing outside of the package', async () => {
		const paths = ['../../etc/passwd', '/etc/passwd', 'C:\\x', 'c:/x', 'a/../../x'];
		expect(await placesIn(paths, 'day')).toEqual({ in: ['x'], outside: paths.slice(0, 4) });
		expect(await placesIn(['a/../../x'])).toEqual({ in: [], outside: ['a/../../x'] });
	});

	it('is read in turns with other work of the process, however long its paths are', async () => {
		const { slept, ...clock } = instantClock();
		const text = Array.from({ length: 100 }, (_, index) => `${md5}  ${index}/${'a/'.repeat(2_000)}\n`).join('');
		await addList(noMd5s(), text, '', () => false, clock);
		expect(slept.length).toBeGreaterThanOrEqual(1);
	});

	it('may have been made on Windows, or on a Mac', async () => {
		expect((await placesIn(['day 1\\a.mov', 'back\\slash'], '', ['back\\slash'])).in).toEqual([
			'day 1/a.mov',
			'back\\slash',
		]);
		expect((await placesIn(['Gro\u0308ße'])).in).toEqual(['Größe']);
	});
});

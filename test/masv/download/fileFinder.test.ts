import { createFileFinder, isPattern } from '../../../masv/download/fileFinder';
import { toPackageEntry } from '../../../masv/download/packageEntry';
import { instantClock } from '../../support/instantClock';

const entries = [
	{ id: 'F1', kind: 'file', name: 'A001.mov', path: '/CARD 1' },
	{ id: 'F2', kind: 'file', name: 'A001.mov', path: '/CARD 2' },
	{ id: 'F3', kind: 'file', name: 'notes.txt', path: '' },
	{ id: 'F4', kind: 'file', name: 'Größe.txt'.normalize('NFD'), path: 'deep\\er' },
	{ id: 'D1', kind: 'directory', name: 'CARD 1', path: '' },
	{ id: 'F5', kind: 'file', name: 'F3', path: '' },
	{ id: 'F6', kind: 'file', name: 'b.wav', path: './AUDIO' },
	{ id: 'Z1', kind: 'zip_mac', name: 'mac.zip' },
].map(toPackageEntry);

const found = async (called: string, archives = false): Promise<string[]> => {
	const find = await createFileFinder(entries, archives, instantClock());
	return (await find(called)).map(({ id }) => id);
};

it.each<[string, string, string[]]>([
	['an ID', 'F2', ['F2']],
	['an ID that is also the name of another file', 'F3', ['F3']],
	['a name, in every folder', 'a001.MOV', ['F1', 'F2']],
	['a name with an accent in another form', 'größe.txt', ['F4']],
	['a path', 'CARD 2/A001.mov', ['F2']],
	['a path with a slash before it', '/CARD 2/A001.mov', ['F2']],
	['a path as find and md5sum write it', './CARD 2/A001.mov', ['F2']],
	['a path that begins with a point in MASV', 'AUDIO/b.wav', ['F6']],
	['a pattern that begins with a point', './AUDIO/*', ['F6']],
	['a path of Windows', 'deep\\er\\größe.TXT', ['F4']],
	['a path to the top folder', '/notes.txt', ['F3']],
	['blanks around it', '  notes.txt ', ['F3']],
	['a pattern of names', '*.mov', ['F1', 'F2']],
	['a pattern of paths', 'CARD ?/*', ['F1', 'F2']],
	['what is in a folder', 'CARD 1/', ['F1']],
	['all files, without archives', '*', ['F1', 'F2', 'F3', 'F4', 'F5', 'F6']],
	['an archive by its name', 'mac.zip', ['Z1']],
	['an archive by its ID', 'Z1', ['Z1']],
	['a folder: nothing', 'CARD 1', []],
	['the end of a path: nothing', '1/A001.mov', []],
	['nothing', '', []],
])('finds %s', async (_, called, ids) => {
	expect(await found(called)).toEqual(ids);
});

it('finds archives by a pattern if they are wanted', async () => {
	expect(await found('*.zip')).toEqual([]);
	expect(await found('*.zip', true)).toEqual(['Z1']);
});

it.each([
	['*.mov', true],
	['take?.mov', true],
	['CARD/', true],
	['CARD\\ ', true],
	['A001.mov', false],
	['CARD/A001.mov', false],
])('%s may find any number of files: %s', (called, expected) => {
	expect(isPattern(called)).toBe(expected);
});

it('reads a long list, and searches it once for each pattern, in turns with other work of the process', async () => {
	const { slept, ...clock } = instantClock();
	const many = Array.from({ length: 2_500 }, (_, index) => toPackageEntry({ id: `F${index}`, name: `${index}.mov` }));
	const find = await createFileFinder(many, false, clock);
	expect(slept).toEqual([0, 0]);
	for (const pattern of ['*.mov', '*.mov', '2*.mov']) await find(pattern);
	expect(slept).toEqual([0, 0, 0, 0, 0, 0]);
});

import { onceEach, toPackageEntry } from '../../../masv/download/packageEntry';
import type { Selection } from '../../../masv/download/selectFiles';
import { selectFiles } from '../../../masv/download/selectFiles';
import type { MasvFile } from '../../../masv/schemas';
import { instantClock } from '../../support/instantClock';

const clean: MasvFile = { id: 'clean', kind: 'file', name: 'a.mov', path: '/day 1', size: 7 };
const infected: MasvFile = { ...clean, id: 'infected', virus_detected: true };
const archive: MasvFile = { id: 'archive', kind: 'zip_mac', name: 'mac.zip' };
const directory: MasvFile = { id: 'directory', kind: 'directory', name: 'empty', path: '' };

async function select(files: MasvFile[], containsVirus: boolean, options: Partial<Selection> = {}) {
	const selection = { infected: false, archives: false, isWanted: () => true, ...options };
	const selected = await selectFiles(files.map(toPackageEntry), containsVirus, selection, instantClock());
	return {
		files: selected.files.map(({ id }) => id),
		directories: selected.directories.map(({ id }) => id),
		skipped: selected.skipped.map(({ entry, reason }) => `${entry.id}: ${reason}`),
	};
}

it.each<[string, MasvFile[], boolean, Partial<Selection>, Awaited<ReturnType<typeof select>>]>([
	[
		'all but archives and infected files',
		[clean, infected, archive, directory],
		true,
		{},
		{ files: ['clean'], directories: ['directory'], skipped: ['infected: infected', 'archive: archive'] },
	],
	[
		'infected files if that was chosen',
		[clean, infected, archive],
		true,
		{ infected: true },
		{ files: ['clean', 'infected'], directories: [], skipped: ['archive: archive'] },
	],
	[
		'archives if that was chosen',
		[clean, archive],
		false,
		{ archives: true },
		{ files: ['clean', 'archive'], directories: [], skipped: [] },
	],
	[
		'no archive that contains an infected file',
		[clean, infected, archive],
		true,
		{ archives: true },
		{ files: ['clean'], directories: [], skipped: ['infected: infected', 'archive: infected'] },
	],
	[
		'no archive that contains an infected file if only the file is marked',
		[clean, infected, archive],
		false,
		{ archives: true },
		{ files: ['clean'], directories: [], skipped: ['infected: infected', 'archive: infected'] },
	],
	[
		'no file of an infected package if MASV does not say which',
		[clean, directory],
		true,
		{},
		{ files: [], directories: ['directory'], skipped: ['clean: infected'] },
	],
	[
		'no file that was never finished',
		[{ ...clean, completed: false }, directory],
		false,
		{},
		{ files: [], directories: ['directory'], skipped: ['clean: unfinished'] },
	],
	[
		'no file or directory that was not asked for',
		[clean, directory],
		false,
		{ isWanted: () => false },
		{ files: [], directories: [], skipped: ['clean: excluded'] },
	],
	[
		'a file of a kind that is not known',
		[
			{ ...clean, kind: undefined },
			{ ...clean, id: 'other', kind: 'stream' },
		],
		false,
		{},
		{ files: ['clean', 'other'], directories: [], skipped: [] },
	],
])('receives %s', async (_, files, containsVirus, options, expected) => {
	expect(await select(files, containsVirus, options)).toEqual(expected);
});

it('takes a file that is listed twice once, as it comes first', async () => {
	const listed = [clean, infected, { ...clean, name: 'another' }, infected];
	expect(await onceEach(listed.map(toPackageEntry), instantClock())).toEqual([clean, infected].map(toPackageEntry));
});

it.each([
	['2018-08-22T11:39:10.280-04:00', '2018-08-22T15:39:10.280Z'],
	['1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00.000Z'],
	['0001-01-01T00:00:00.000Z', undefined],
	['yesterday', undefined],
	[undefined, undefined],
])('a file last modified at %s has the time %s', (last_modified, expected) => {
	const { modifiedMs } = toPackageEntry({ ...clean, last_modified });
	expect(modifiedMs).toBe(expected === undefined ? undefined : Date.parse(expected));
});

it.each([
	[0, 0],
	[undefined, undefined],
	[-1, undefined],
	[1.5, undefined],
	[1e300, undefined],
])('a size of %s is %s bytes', (size, expected) => {
	expect(toPackageEntry({ ...clean, size }).bytes).toBe(expected);
});

it('selects from a long list in turns with other work of the process', async () => {
	const { slept, ...clock } = instantClock();
	const entries = Array.from({ length: 2_500 }, (_, index) => toPackageEntry({ ...clean, id: `F${index}` }));
	await selectFiles(entries, false, { infected: false, archives: false, isWanted: () => true }, clock);
	expect(slept).toEqual([0, 0]);
});

import type { Decision, IfExists } from '../../../masv/download/ifExists';
import { decide, freePlace } from '../../../masv/download/ifExists';
import { foldName, nameRules } from '../../../masv/download/nameRules';
import type { FoundEntry, TargetPlace } from '../../../masv/download/target';

const file = (bytes: number): FoundEntry => ({ kind: 'file', bytes });
const folder: FoundEntry = { kind: 'folder', bytes: 7 };
const link: FoundEntry = { kind: 'link', bytes: 7 };
const receive = (replace: boolean): Decision => ({ action: 'receive', replace });
const skip = (reason: 'same' | 'differs'): Decision => ({ action: 'skip', reason });

it.each<[IfExists, string, FoundEntry | undefined, Decision]>([
	['skip', 'nothing', undefined, receive(false)],
	['skip', 'a file of its size', file(7), skip('same')],
	['skip', 'a file of another size', file(6), skip('differs')],
	['skip', 'a folder', folder, skip('differs')],
	['skip', 'a link', link, skip('differs')],
	['overwrite', 'nothing', undefined, receive(true)],
	['overwrite', 'a file of its size', file(7), receive(true)],
	['overwrite', 'a link', link, receive(true)],
	['overwrite', 'a folder', folder, { action: 'fail' }],
	['rename', 'nothing', undefined, receive(false)],
	['rename', 'a file of its size', file(7), { action: 'rename' }],
	['rename', 'a folder', folder, { action: 'rename' }],
	['fail', 'nothing', undefined, receive(false)],
	['fail', 'a file of its size', file(7), { action: 'fail' }],
])('%s, and there is %s', async (ifExists, _, found, expected) => {
	const hasContent = () => Promise.reject(new Error('The file need not be read'));
	const reads = ifExists === 'skip' && found?.kind === 'file' && found.bytes === 7;
	const isTheSame = () => Promise.resolve(true);
	expect(await decide(ifExists, { bytes: 7 }, found, reads ? isTheSame : hasContent)).toEqual(expected);
});

it('a file of the same size that has another content differs', async () => {
	const there = file(7);
	const asked: FoundEntry[] = [];
	const hasContent = (found: FoundEntry) => {
		asked.push(found);
		return Promise.resolve(false);
	};
	expect(await decide('skip', { bytes: 7 }, there, hasContent)).toEqual(skip('differs'));
	expect(asked).toEqual([there]);
});

it('a file is never the same as one whose size MASV does not say', async () => {
	expect(await decide('skip', { bytes: undefined }, file(0), () => Promise.resolve(true))).toEqual(skip('differs'));
});

describe('another name', () => {
	const place: TargetPlace = { folders: ['a'], name: 'A001.mov', partial: 'A001.mov.part' };
	const free = async (there: string[], taken: string[] = []) => {
		const look = (each: TargetPlace) => Promise.resolve(there.includes(each.name) ? file(1) : undefined);
		return (
			await freePlace(place, nameRules.windows, new Set(taken.map((name) => foldName(name, nameRules.windows))), look)
		)?.name;
	};

	it('is the first that is free on disk and in the package', async () => {
		expect(await free(['A001.mov'])).toBe('A001 (1).mov');
		expect(await free(['A001.mov', 'A001 (1).mov'])).toBe('A001 (2).mov');
		expect(await free([], ['a001 (1).MOV', 'A001 (2).mov'])).toBe('A001 (3).mov');
	});

	it('is in the same folder, and has the same partial file whichever copy it is', async () => {
		expect(await freePlace(place, nameRules.linux, new Set(), () => Promise.resolve(undefined))).toEqual({
			folders: ['a'],
			name: 'A001 (1).mov',
			partial: 'A001.mov.part',
		});
	});

	it('is given up on after ten thousand', async () => {
		const full = () => Promise.resolve(file(1));
		expect(await freePlace(place, nameRules.linux, new Set(), full)).toBeUndefined();
	});
});

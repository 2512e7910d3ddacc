import { describeLookalikes } from '../../../masv/transfer/lookalikes';
import type { Place } from '../../../masv/transfer/places';
import { instantClock } from '../../support/instantClock';

const at = (path: string, name: string) => ({ path, name });
const composed = 'Größe';
const decomposed = composed.normalize('NFD');

const warningsOn = async (files: Place[], emptyFolders: Place[] = []) =>
	await describeLookalikes(files, emptyFolders, instantClock());

describe('describeLookalikes', () => {
	it('has nothing to say about names that differ in more than case and Unicode form', async () => {
		const files = [at('', 'a'), at('b', 'a'), at('b', 'c'), at('b/d', 'a')];
		expect(await warningsOn(files, [at('b', 'e')])).toEqual([]);
	});

	it('names both files that Windows and macOS cannot keep apart', async () => {
		expect(await warningsOn([at('day 1', 'A001.mov'), at('day 1', 'a001.MOV')])).toEqual([
			'The files "day 1/A001.mov" and "day 1/a001.MOV" differ only in upper and lower case. On Windows and macOS, one of them replaces the other.',
		]);
	});

	it('names folders once, and what in them would be replaced', async () => {
		const files = [at('Card/sub', 'x'), at('Card', 'clip'), at('card/sub', 'y'), at('card', 'clip')];
		expect(await warningsOn(files)).toEqual([
			'The folders "Card" and "card" differ only in upper and lower case. On Windows and macOS, they become one folder.',
			'The files "Card/clip" and "card/clip" differ only in upper and lower case. On Windows and macOS, one of them replaces the other.',
		]);
	});

	it('names folders whose accented characters are encoded differently, empty ones too', async () => {
		expect(await warningsOn([at(composed, 'x')], [at('', decomposed)])).toEqual([
			`The folders "${decomposed}" and "${composed}" differ only in how accented characters are encoded. On macOS, they become one folder.`,
		]);
	});

	it('names a file and a folder at the same path', async () => {
		expect(await warningsOn([at('', 'a'), at('a', 'b')])).toEqual([
			'The file "a" and the folder "a" have the same path. Most receivers can download only one of them.',
		]);
	});

	it('looks at long lists in turns with other work of the process', async () => {
		const clock = instantClock();
		const many = Array.from({ length: 2_500 }, (_, index) => at('', `${index}`));
		const folders = Array.from({ length: 2_500 }, (_, index) => at('folders', `${index}`));
		expect(await describeLookalikes(many, folders, clock)).toEqual([]);
		expect(clock.slept).toEqual([0, 0, 0, 0]);
	});
});

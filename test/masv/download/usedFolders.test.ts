import { allReceived } from '../../../masv/download/downloadEntries';
import { toPackageEntry } from '../../../masv/download/packageEntry';
import type { ReceiveJob, SkippedEntry } from '../../../masv/download/planReceive';
import { usedFolders } from '../../../masv/download/usedFolders';
import { instantClock } from '../../support/instantClock';

const entry = toPackageEntry({ id: 'F1' });

function job(...folders: string[]): ReceiveJob {
	return { entry, folders, name: 'a.mov', partial: 'a.mov.part', replace: false };
}

function skipped(reason: SkippedEntry['reason'], ...folders: string[]): SkippedEntry {
	return { path: 'a.mov', reason, entry, place: job(...folders) };
}

it('the used folders of a plan are those of its files, of what is there already, and those around them', async () => {
	const card = ['day 1', 'card'];
	const plan = {
		jobs: [{ ...job(), folders: card }, { ...job(), folders: card }, job('day 2'), job('day 1', 'card')],
		directories: [['empty', 'inner']],
		skipped: [skipped('same', 'day 3'), skipped('differs', 'other'), skipped('excluded', 'left')],
	};
	const found = await usedFolders(plan, instantClock());
	expect(found.map((folders) => folders.join('/')).sort()).toEqual(
		['', 'day 1', 'day 1/card', 'day 2', 'day 3', 'empty', 'empty/inner'].sort(),
	);
});

it.each([
	['jobs', { jobs: Array.from({ length: 2_500 }, () => job('day')), directories: [], skipped: [] }],
	['files there', { jobs: [], directories: [], skipped: Array.from({ length: 2_500 }, () => skipped('same', 'day')) }],
])('the folders of many %s are found in turns with other work of the process', async (_, plan) => {
	const clock = instantClock();
	expect(await usedFolders(plan, clock)).toEqual([[], ['day']]);
	expect(clock.slept).toEqual([0, 0]);
});

it('the results of many files are collected in turns with other work of the process', async () => {
	const clock = instantClock();
	const results = Array.from({ length: 2_500 }, (_, value) => ({ status: 'fulfilled' as const, value }));
	expect(await allReceived(results, clock)).toEqual(results.map(({ value }) => value));
	expect(clock.slept).toEqual([0, 0]);
});

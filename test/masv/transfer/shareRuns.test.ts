import { nockClient } from '../../support/nockMasv';
import { accessTo } from '../../support/packageAccess';
import { noRetry } from '../../../masv/retry';
import { fetchListing, sharingLists } from '../../../masv/transfer/listing';
import { shareRuns } from '../../../masv/transfer/shareRuns';

describe('callers that share the runs of a task', () => {
	/** A task whose runs end when the test says so, each with its number. */
	const startTask = () => {
		const ends: Array<(error?: Error) => void> = [];
		const ask = shareRuns(
			async () =>
				await new Promise<number>((resolve, reject) => {
					const number = ends.length;
					ends.push((error) => (error === undefined ? resolve(number) : reject(error)));
				}),
		);
		return { ask, ends };
	};
	const turn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

	it('get the result of a run that began after they asked', async () => {
		const { ask, ends } = startTask();
		const first = [ask(), ask()];
		await turn();
		const later = [ask(), ask(), ask()];
		await turn();
		expect(ends).toHaveLength(1);
		ends[0]?.();
		await turn();
		expect(ends).toHaveLength(2);
		ends[1]?.();
		expect(await Promise.all([...first, ...later])).toEqual([0, 0, 1, 1, 1]);
	});

	it('do not share the failure of a run that began before', async () => {
		const { ask, ends } = startTask();
		const first = ask().catch((error: unknown) => error);
		await turn();
		const later = ask();
		ends[0]?.(new Error('out'));
		await turn();
		ends[1]?.();
		expect([await first, await later]).toEqual([new Error('out'), 1]);
	});
});

describe('files of one upload that ask for the list of the package', () => {
	it('share it, but never wait for the retries of others', async () => {
		let lists = 0;
		const transport = async () => {
			lists++;
			return await Promise.resolve({ status: 200, headers: {}, text: JSON.stringify([{ id: 'F1', name: 'a' }]) });
		};
		const access = sharingLists(accessTo(nockClient({ transport })));
		const all = Array.from({ length: 20 }, async (_, index) =>
			index % 2 === 0 ? await fetchListing(access) : await fetchListing(access, noRetry),
		);
		const found = await Promise.all(all);
		expect([lists, new Set(found).size, found[0]?.byId.has('F1')]).toEqual([2, 2, true]);
	});
});

import { MasvError } from '../../../masv/errors';
import type { Lease, Leases } from '../../../masv/transfer/lease';
import { oneAtATime } from '../../../masv/transfer/oneAtATime';
import { failureOf, nockClient } from '../../support/nockMasv';

const released = jest.fn(() => Promise.resolve());
const lease: Lease = { fence: 1, isHeld: () => Promise.resolve(true), release: released };
const take = jest.fn<ReturnType<Leases['take']>, Parameters<Leases['take']>>(() => Promise.resolve(lease));
const client = nockClient({ leases: { take } });

beforeEach(() => jest.clearAllMocks());

describe('oneAtATime', () => {
	it('leaves nothing of its lease behind, whether or not the work succeeds', async () => {
		expect(await oneAtATime(client, ['portal', 'O1'], () => Promise.resolve(7))).toBe(7);
		await failureOf(oneAtATime(client, ['portal', 'O1'], () => Promise.reject(new Error('no'))));
		expect(released.mock.calls).toEqual([[{ forget: true }], [{ forget: true }]]);
	});

	it('uses one lease for the same thing and others for other things', async () => {
		for (const id of ['O1', 'O1', 'O2']) await oneAtATime(client, ['portal', id], () => Promise.resolve());
		const [first, again, other] = take.mock.calls.map(([key]) => key);
		expect([first === again, first === other]).toEqual([true, false]);
	});

	it('ends at once if it is stopped while others are at work, which go on one at a time', async () => {
		const { promise: first, resolve: finish } = Promise.withResolvers<void>();
		const running = oneAtATime(client, ['portal', 'O1'], async () => await first);
		const stop = new AbortController();
		const never = jest.fn();
		const stopped = oneAtATime(client.withSignal(stop.signal), ['portal', 'O1'], never);
		const next = jest.fn(() => Promise.resolve());
		stop.abort();
		expect(await failureOf(stopped)).toMatchObject({ code: 'cancelled' });
		const last = oneAtATime(client, ['portal', 'O1'], next);
		await new Promise((resolve) => setImmediate(resolve));
		expect(next).not.toHaveBeenCalled();
		finish();
		await Promise.all([running, last]);
		expect([never, next].map((work) => work.mock.calls.length)).toEqual([0, 1]);
	});

	it('repeats the work a few times if another process has taken over meanwhile', async () => {
		const takenOver = new MasvError('frozen', { code: 'delivery_taken_over' });
		const work = jest.fn<Promise<string>, []>().mockRejectedValueOnce(takenOver).mockResolvedValueOnce('done');
		expect(await oneAtATime(client, ['portal', 'O1'], work)).toBe('done');
		work.mockReset().mockRejectedValue(takenOver);
		expect(await failureOf(oneAtATime(client, ['portal', 'O1'], work))).toBe(takenOver);
		expect(work).toHaveBeenCalledTimes(4);
	});
});

import { getEventListeners } from 'node:events';

import { MasvCancelledError, MasvConnectionError } from '../../masv/errors';
import { untilAborted } from '../../masv/untilAborted';
import { failureOf } from '../support/failureOf';

const never = new Promise<never>(() => undefined);

describe('waiting until a signal aborts', () => {
	it('gives the result or the error of the work', async () => {
		for (const signal of [undefined, new AbortController().signal]) {
			const wait = untilAborted(signal);
			expect(await wait(Promise.resolve(1))).toBe(1);
			expect(await failureOf(wait(Promise.reject(new Error('broken'))))).toMatchObject({ message: 'broken' });
		}
	});

	it('ends every wait when it aborts, and those that begin later', async () => {
		const stop = new AbortController();
		const wait = untilAborted(stop.signal);
		const failures = [failureOf(wait(never)), failureOf(wait(never))];
		stop.abort(new Error('stop button'));
		for (const failure of [...failures, failureOf(wait(never))]) {
			expect(await failure).toBeInstanceOf(MasvCancelledError);
			expect((await failure).cause).toEqual(new Error('stop button'));
		}
	});

	it('keeps the reason if it is an error of this package', async () => {
		const reason = new MasvConnectionError('It failed', { code: 'connection_lost' });
		expect(await failureOf(untilAborted(AbortSignal.abort(reason))(never))).toBe(reason);
	});

	it('listens to the signal only while something waits, and only once', async () => {
		const { signal } = new AbortController();
		const wait = untilAborted(signal);
		let finish: () => void = () => undefined;
		const work = new Promise<void>((resolve) => (finish = resolve));
		const waits = [wait(work), wait(work), wait(work)];
		expect(getEventListeners(signal, 'abort')).toHaveLength(1);
		finish();
		await Promise.all(waits);
		await new Promise((resolve) => setImmediate(resolve));
		expect(getEventListeners(signal, 'abort')).toHaveLength(0);
	});
});

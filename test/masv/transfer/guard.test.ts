import type { Guard } from '../../../masv/transfer/guard';
import { createGuard, joinGuards } from '../../../masv/transfer/guard';
import type { Lease } from '../../../masv/transfer/lease';
import { failureOf } from '../../support/failureOf';

let now: number;
let asked: number;
let answer: () => Promise<boolean>;
beforeEach(() => {
	now = 1_000_000;
	asked = 0;
	answer = () => Promise.resolve(true);
});

const lease: Lease = {
	fence: 1,
	isHeld: async () => {
		asked++;
		return await answer();
	},
	release: async () => {},
};
const guard = () => createGuard(lease, { now: () => now });

describe('a guard', () => {
	it('has nothing to wait for without a lease, and until the lease is asked again', async () => {
		expect(createGuard(undefined, { now: () => now }).check()).toBeUndefined();
		const asking = guard();
		await asking.check();
		now += 999;
		expect(asking.check()).toBeUndefined();
		now += 1;
		expect(asking.check()).toBeInstanceOf(Promise);
	});

	it('asks at the first check, and then about once a second', async () => {
		const asking = guard();
		for (const ms of [0, 0, 500, 499]) {
			now += ms;
			await asking.check();
		}
		expect(asked).toBe(1);
		now += 1;
		await asking.check();
		expect(asked).toBe(2);
	});

	it('asks once for checks at the same time', async () => {
		const asking = guard();
		await Promise.all([asking.check(), asking.check(), asking.check()]);
		expect(asked).toBe(1);
	});

	it.each([-3_600_000, 3_600_000])('asks again after a jump of the clock by %i ms', async (jump) => {
		const asking = guard();
		await asking.check();
		now += jump;
		await asking.check();
		expect(asked).toBe(2);
	});

	it('stops everything once the lease was lost, without asking again', async () => {
		const asking = guard();
		answer = () => Promise.resolve(false);
		const failures = await Promise.all([failureOf(asking.check()), failureOf(asking.check())]);
		for (const failure of failures) expect(failure).toMatchObject({ code: 'delivery_taken_over' });
		answer = () => Promise.resolve(true);
		now += 5_000;
		expect(await failureOf(asking.check())).toMatchObject({ code: 'delivery_taken_over' });
		expect(asked).toBe(1);
	});

	it('notices a loss after earlier checks', async () => {
		const asking = guard();
		await asking.check();
		answer = () => Promise.resolve(false);
		now += 1_000;
		expect(await failureOf(asking.check())).toMatchObject({ code: 'delivery_taken_over' });
	});

	it('does not take an answer that comes late for the latest one', async () => {
		const asking = guard();
		const answers = [Promise.withResolvers<boolean>(), Promise.withResolvers<boolean>()] as const;
		answer = () => (asked === 1 ? answers[0] : answers[1]).promise;
		const first = asking.check();
		now += 1_000;
		const second = failureOf(asking.check());
		answers[0].resolve(true);
		await first;
		const third = failureOf(asking.check());
		answers[1].resolve(false);
		for (const failure of [await second, await third]) expect(failure).toMatchObject({ code: 'delivery_taken_over' });
	});

	it('asks again at once if there was no answer', async () => {
		const asking = guard();
		const unreadable = new Error('EIO');
		answer = async () => await Promise.reject(unreadable);
		expect(await failureOf(asking.check())).toBe(unreadable);
		answer = () => Promise.resolve(true);
		await asking.check();
		expect(asked).toBe(2);
	});
});

describe('two guards', () => {
	const known: Guard = { check: () => undefined };
	const asking: Guard = { check: async () => await Promise.resolve() };
	const lost: Guard = { check: async () => await Promise.reject(new Error('lost')) };

	it.each([
		['the outer one that has nothing to wait for', known],
		['the outer one that asks', asking],
	])('are both asked: the inner one after %s', async (_what, outer) => {
		expect(await failureOf(joinGuards(outer, lost).check() ?? Promise.resolve())).toMatchObject({ message: 'lost' });
	});

	it('are both asked: the outer one', async () => {
		expect(await failureOf(joinGuards(lost, known).check() ?? Promise.resolve())).toMatchObject({ message: 'lost' });
	});

	it('have nothing to wait for if none of them has', () => {
		expect(joinGuards(known, known).check()).toBeUndefined();
	});
});

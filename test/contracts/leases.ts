import type { Lease, Leases } from '../../masv/transfer/lease';

export interface LeaseWorld {
	/** Another user of the same leases, as in another process. */
	join: () => Leases;
	/** Lets the time pass in which holders give signs of life and are watched. */
	advance: (ms: number) => Promise<void>;
	/** Stops a holder's signs of life, as when its process dies or is frozen. */
	freeze: (leases: Leases) => void;
	silenceMs: number;
	close: () => Promise<void>;
}

/** What every implementation of {@link Leases} must do. */
export function describeLeases(name: string, open: () => Promise<LeaseWorld>): void {
	describe(`leases: ${name}`, () => {
		let world: LeaseWorld;
		beforeEach(async () => (world = await open()));
		afterEach(async () => await world.close());

		/** The result of a take, while time passes. */
		const settle = async <T>(taking: Promise<T>): Promise<T> => {
			let isSettled = false;
			const done = taking.finally(() => (isSettled = true));
			done.catch(() => undefined);
			for (let turn = 0; turn < 1_000 && !isSettled; turn++) await world.advance(world.silenceMs / 20);
			return await done;
		};
		const granted = async (leases: Leases, key = 'key'): Promise<Lease> => {
			const lease = await settle(leases.take(key));
			if (typeof lease !== 'object') throw new Error(`The lease is ${lease}`);
			return lease;
		};

		it('grants a free lease at once', async () => {
			const lease = await granted(world.join());
			expect(await lease.isHeld()).toBe(true);
			await lease.release();
		});

		it('grants different keys to different holders', async () => {
			const [a, b] = [await granted(world.join(), 'a'), await granted(world.join(), 'b')];
			expect([await a.isHeld(), await b.isHeld()]).toEqual([true, true]);
			await a.release();
			await b.release();
		});

		it('refuses a lease whose holder is seen to be alive', async () => {
			const lease = await granted(world.join());
			let waits = 0;
			expect(await settle(world.join().take('key', { onWait: () => waits++ }))).toBe('held');
			expect([waits, await lease.isHeld()]).toEqual([1, true]);
			await lease.release();
		});

		it('grants a lease again when it was released, with a higher fence', async () => {
			const first = await granted(world.join());
			await first.release();
			expect(await first.isHeld()).toBe(false);
			await first.release();
			const second = await granted(world.join());
			expect(second.fence).toBeGreaterThan(first.fence);
			expect([await first.isHeld(), await second.isHeld()]).toEqual([false, true]);
			await second.release();
		});

		it('grants only what was released, and watches nobody, if that is wanted', async () => {
			const onlyReleased = { onlyReleased: true, onWait: () => expect('watched').toBe('not watched') };
			const first = await granted(world.join());
			expect(await world.join().take('key', onlyReleased)).toBe('held');
			expect(await first.isHeld()).toBe(true);
			await first.release();
			const second = await world.join().take('key', onlyReleased);
			expect(second).toMatchObject({ fence: first.fence + 1 });
			expect(await world.join().take('another', onlyReleased)).toMatchObject({ fence: 1 });
		});

		it('takes over from a holder that gives no sign of life', async () => {
			const frozen = world.join();
			const first = await granted(frozen);
			world.freeze(frozen);
			const second = await granted(world.join());
			expect(second.fence).toBeGreaterThan(first.fence);
			expect([await first.isHeld(), await second.isHeld()]).toEqual([false, true]);
			await second.release();
		});

		it('lets a holder that wakes up late neither release nor keep the lease of its successor', async () => {
			const frozen = world.join();
			const first = await granted(frozen);
			world.freeze(frozen);
			const second = await granted(world.join());
			await first.release();
			expect([await first.isHeld(), await second.isHeld()]).toEqual([false, true]);
			expect(await settle(world.join().take('key'))).toBe('held');
			await second.release();
		});

		it('grants a dead lease to exactly one of several who want it', async () => {
			const frozen = world.join();
			await granted(frozen);
			world.freeze(frozen);
			const taken = await settle(Promise.all(Array.from({ length: 6 }, async () => await world.join().take('key'))));
			const leases = taken.filter((each) => typeof each === 'object');
			expect(leases).toHaveLength(1);
			expect(await leases[0]?.isHeld()).toBe(true);
			await leases[0]?.release();
		});

		it('stops waiting when it is told to', async () => {
			const lease = await granted(world.join());
			const stop = new AbortController();
			const waiting = world.join().take('key', { signal: stop.signal, onWait: () => stop.abort() });
			await expect(settle(waiting)).rejects.toThrow();
			expect(await lease.isHeld()).toBe(true);
			await lease.release();
		});
	});
}

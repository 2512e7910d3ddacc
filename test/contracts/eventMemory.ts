import type { Claim, EventMemory } from '../../masv/webhooks/eventMemory';

export interface EventMemoryWorld {
	/** Another user of the same memory, as in another process or after a restart. */
	join: () => EventMemory;
	/** Stops a user's signs of life, as when its process dies. */
	kill: (memory: EventMemory) => void;
	/** Lets the time pass in which signs of life are given and watched. */
	advance: (ms: number) => Promise<void>;
	/** How long a claim may wait. */
	maxWaitMs: number;
	close: () => Promise<void>;
}

/** What every implementation of {@link EventMemory} must do. */
export function describeEventMemory(name: string, open: () => Promise<EventMemoryWorld>): void {
	describe(`event memory: ${name}`, () => {
		let world: EventMemoryWorld;
		beforeEach(async () => (world = await open()));
		afterEach(async () => await world.close());

		/** The result, while time passes. */
		const settle = async <T>(work: Promise<T>): Promise<T> => {
			let isSettled = false;
			const done = work.finally(() => (isSettled = true));
			done.catch(() => undefined);
			for (let turn = 0; turn < 1_000 && !isSettled; turn++) await world.advance(world.maxWaitMs / 100);
			return await done;
		};
		const claim = async (memory: EventMemory, key = 'e1'): Promise<Claim> => await settle(memory.claim(key));
		/** Claims an event and keeps it if it is granted. */
		const process = async (memory: EventMemory, key = 'e1'): Promise<Claim> => {
			const result = await memory.claim(key);
			if (result === 'granted') memory.keep(key);
			return result;
		};
		const count = (claims: Claim[], wanted: Claim): number => claims.filter((each) => each === wanted).length;

		it('grants an event once, also to other processes and after a restart', async () => {
			const memory = world.join();
			expect(await settle(process(memory))).toBe('granted');
			expect([await claim(memory), await claim(world.join())]).toEqual(['known', 'known']);
			expect(await claim(memory, 'e2')).toBe('granted');
		});

		it('knows what other processes keep in the meantime', async () => {
			const [one, other] = [world.join(), world.join()];
			for (const [index, memory] of [one, other, one, other].entries()) await settle(process(memory, `e${index}`));
			for (const memory of [one, other]) {
				for (const key of ['e0', 'e1', 'e2', 'e3']) expect(await claim(memory, key)).toBe('known');
			}
		});

		it('grants each event to only one of several simultaneous claims', async () => {
			const memory = world.join();
			const keys = Array.from({ length: 50 }, (_, index) => `e${index % 5}`);
			const claims = await settle(Promise.all(keys.map(async (key) => await process(memory, key))));
			expect([count(claims, 'granted'), count(claims, 'known')]).toEqual([5, 45]);
		});

		it('grants each event to only one of several processes that get it at the same moment', async () => {
			const memories = [world.join(), world.join(), world.join()];
			const keys = Array.from({ length: 30 }, (_, index) => `e${index % 5}`);
			const claims = await settle(
				Promise.all(keys.map(async (key, index) => await process(memories[index % 3] as EventMemory, key))),
			);
			expect([count(claims, 'granted'), count(claims, 'known')]).toEqual([5, 25]);
		});

		it.each(['the same process', 'another process'])(
			'grants a released event to a claim that waits in %s',
			async (where) => {
				const memory = world.join();
				expect(await claim(memory)).toBe('granted');
				const waiting = (where === 'the same process' ? memory : world.join()).claim('e1');
				// Long enough to see that the first one is alive.
				for (let turn = 0; turn < 50; turn++) await world.advance(world.maxWaitMs / 100);
				memory.release('e1');
				expect(await settle(waiting)).toBe('granted');
			},
		);

		it('grants a released event to only one of those who wait', async () => {
			const [memory, other] = [world.join(), world.join()];
			expect(await claim(memory)).toBe('granted');
			const waiting = [memory, memory, other, other].map(async (each) => await process(each));
			await world.advance(1);
			memory.release('e1');
			const claims = await settle(Promise.all(waiting));
			expect([count(claims, 'granted'), count(claims, 'known')]).toEqual([1, 3]);
		});

		it('grants an event again after it was released', async () => {
			const memory = world.join();
			for (const _ of [1, 2, 3]) {
				expect(await claim(memory)).toBe('granted');
				memory.release('e1');
			}
			expect(await claim(world.join())).toBe('granted');
		});

		it.each(['the same process', 'another process'])(
			'does not call an event known that is still being processed, when %s has waited long enough',
			async (where) => {
				const memory = world.join();
				const other = where === 'the same process' ? memory : world.join();
				expect(await claim(memory)).toBe('granted');
				expect(await claim(other)).toBe('undecided');
				memory.keep('e1');
				expect(await claim(other)).toBe('known');
			},
		);

		it('grants the event of a process that died before it had kept it', async () => {
			const dying = world.join();
			expect(await settle(process(dying, 'kept'))).toBe('granted');
			expect(await claim(dying, 'lost')).toBe('granted');
			world.kill(dying);
			const memories = [world.join(), world.join()];
			/** As MASV does: another attempt after each one that was told to come later. */
			const deliver = async (memory: EventMemory, attempts = 0): Promise<Claim> => {
				const result = await process(memory, 'lost');
				return result === 'undecided' && attempts < 4 ? await deliver(memory, attempts + 1) : result;
			};
			const claims = await settle(Promise.all(memories.map(async (memory) => await deliver(memory))));
			expect(claims.sort()).toEqual(['granted', 'known']);
			expect(await claim(memories[0] as EventMemory, 'kept')).toBe('known');
		});

		it('forgets everything, also for other processes', async () => {
			const [memory, other] = [world.join(), world.join()];
			await settle(process(memory));
			expect(await claim(other)).toBe('known');
			await settle(memory.forget());
			expect(await claim(memory)).toBe('granted');
			memory.release('e1');
			expect(await claim(other)).toBe('granted');
			memory.keep('e2');
			expect(await claim(other, 'e2')).toBe('known');
			await settle(memory.forget());
			memory.keep('e3');
			expect([await claim(other, 'e3'), await claim(other, 'e2')]).toEqual(['known', 'granted']);
		});

		it('does not forget deliveries in progress: a waiting claim is not granted', async () => {
			const memory = world.join();
			expect(await claim(memory)).toBe('granted');
			const waiting = memory.claim('e1');
			await settle(memory.forget());
			memory.keep('e1');
			expect(await settle(waiting)).toBe('known');
		});
	});
}

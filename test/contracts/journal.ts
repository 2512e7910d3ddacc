import type { Journal } from '../../masv/transfer/journal';

export interface JournalWorld {
	/** Another user of the same journal, as in another process. */
	join: () => Journal;
	/** From now on, nothing can be written. */
	failWrites: () => void;
	/** Writes succeed again. */
	repair: () => void;
	close: () => Promise<void>;
}

/** What every implementation of {@link Journal} must do. */
export function describeJournal(name: string, open: () => Promise<JournalWorld>): void {
	describe(`journal: ${name}`, () => {
		let world: JournalWorld;
		beforeEach(async () => (world = await open()));
		afterEach(async () => await world.close());

		/** The lines that a later run finds. */
		const found = async (key = 'key'): Promise<readonly unknown[]> => {
			const record = await world.join().open(key);
			await record.close();
			return record.lines;
		};
		const numbered = (count: number, from = 0): object[] =>
			Array.from({ length: count }, (_, index) => ({ part: from + index }));

		it('has an empty record at first, and leaves nothing if nothing is appended', async () => {
			expect(await found()).toEqual([]);
			expect(await found()).toEqual([]);
		});

		it('returns the lines of earlier runs in order, those appended at the same time included', async () => {
			const first = await world.join().open('key');
			await first.append({ start: 'ä\n"' });
			await Promise.all(numbered(300).map(async (line) => await first.append(line)));
			await first.close();
			const second = await world.join().open('key');
			await second.append({ end: true });
			await second.close();
			expect(second.lines).toEqual([{ start: 'ä\n"' }, ...numbered(300)]);
			expect(await found()).toEqual([{ start: 'ä\n"' }, ...numbered(300), { end: true }]);
		});

		it('shows a later run what was appended, even if the record was never closed', async () => {
			const crashed = await world.join().open('key');
			await crashed.append({ part: 1 });
			expect(await found()).toEqual([{ part: 1 }]);
			await crashed.close();
		});

		it('writes a line that is not hurried with the next other one, in order, and in any case before the record is closed', async () => {
			const record = await world.join().open('key');
			const unhurried = [
				record.append({ part: 1 }, { unhurried: true }),
				record.append({ part: 2 }, { unhurried: true }),
			];
			await record.append({ part: 3 });
			expect(await found()).toEqual(numbered(3, 1));
			await Promise.all(unhurried);
			const last = record.append({ part: 4 }, { unhurried: true });
			await record.close();
			await last;
			expect(await found()).toEqual(numbered(4, 1));
		});

		it('removes a line that waits for others, too', async () => {
			const record = await world.join().open('key');
			const waiting = record.append({ part: 1 }, { unhurried: true });
			await record.remove();
			await waiting;
			await record.append({ part: 2 });
			await record.close();
			expect(await found()).toEqual([{ part: 2 }]);
		});

		it('keeps the records of different keys apart', async () => {
			const records = [await world.join().open('a'), await world.join().open('b')];
			for (const [index, record] of records.entries()) await record.append({ index });
			for (const record of records) await record.close();
			expect([await found('a'), await found('b')]).toEqual([[{ index: 0 }], [{ index: 1 }]]);
		});

		it('returns the lines of all records whose keys begin alike, by key, also while others append to them', async () => {
			const begun = await world.join().open('a-2');
			for (const key of ['a-1', 'a', 'b-1']) {
				const record = await world.join().open(key);
				await record.append({ of: key });
				await record.close();
			}
			await begun.append({ part: 1 });
			await begun.append({ part: 2 });
			const all = await world.join().readAll('a');
			await begun.close();
			expect([...(all ?? [])]).toEqual([
				['a', [{ of: 'a' }]],
				['a-1', [{ of: 'a-1' }]],
				['a-2', [{ part: 1 }, { part: 2 }]],
			]);
		});

		it('returns only the lines that contain a text, also of a record without any', async () => {
			for (const key of ['a', 'b']) {
				const record = await world.join().open(key);
				await record.append({ kind: 'large', of: key });
				if (key === 'a') await record.append({ kind: 'begun', of: key });
				await record.append({ text: '"kind":"begun"' });
				await record.close();
			}
			expect([...((await world.join().readAll('', '"kind":"begun"')) ?? [])]).toEqual([
				['a', [{ kind: 'begun', of: 'a' }]],
				['b', []],
			]);
		});

		it('has nothing to return where no key begins like this', async () => {
			expect((await world.join().readAll('a'))?.size).toBe(0);
		});

		it('removes all lines, those on their way included, and begins a new record with the next', async () => {
			const record = await world.join().open('key');
			await record.append({ old: 1 });
			const onTheirWay = [record.append({ old: 2 }), record.append({ old: 3 })];
			const removed = record.remove();
			const next = record.append({ new: 1 });
			await Promise.all([...onTheirWay, removed, next]);
			expect(await found()).toEqual([{ new: 1 }]);
			await record.remove();
			await record.close();
			expect(await found()).toEqual([]);
		});

		it('replaces all lines at once, those on their way included, and goes on after them', async () => {
			const record = await world.join().open('key');
			await record.append({ old: 1 });
			const onTheirWay = record.append({ old: 2 }, { unhurried: true });
			await record.replace?.(numbered(3));
			await onTheirWay;
			expect(await found()).toEqual(numbered(3));
			await record.append({ part: 3 });
			await record.replace?.(numbered(2));
			await Promise.all([record.append({ part: 2 }), record.close()]);
			expect(await found()).toEqual(numbered(3));
		});

		it('replaces a record that is not there yet', async () => {
			const record = await world.join().open('key');
			await record.replace?.(numbered(2));
			await record.close();
			expect(await found()).toEqual(numbered(2));
		});

		it('does not replace what somebody else has appended to', async () => {
			const frozen = await world.join().open('key');
			await frozen.append({ part: 0 });
			const successor = await world.join().open('key');
			await successor.append({ part: 1 });
			await expect(frozen.replace?.([])).rejects.toThrow();
			await successor.replace?.(numbered(2));
			await successor.append({ part: 2 });
			await expect(frozen.replace?.([])).rejects.toThrow();
			for (const record of [frozen, successor]) await record.close();
			expect(await found()).toEqual(numbered(3));
		});

		it('keeps the lines as they were if they cannot be replaced, and goes on with them', async () => {
			const record = await world.join().open('key');
			await record.append({ part: 0 });
			world.failWrites();
			await expect(record.replace?.(numbered(5))).rejects.toThrow();
			world.repair();
			expect(await found()).toEqual(numbered(1));
			await record.append({ part: 1 });
			await record.close();
			expect(await found()).toEqual(numbered(2));
			await expect(record.replace?.([])).rejects.toThrow();
		});

		it('writes what was appended before it was closed, and nothing that comes later', async () => {
			const record = await world.join().open('key');
			const appended = record.append({ part: 1 });
			await Promise.all([appended, record.close(), record.close()]);
			await record.append({ part: 2 }).catch(() => undefined);
			expect(await found()).toEqual([{ part: 1 }]);
		});

		it('never has a gap: after a line that could not be written, no other is', async () => {
			const record = await world.join().open('key');
			await record.append({ part: 1 });
			world.failWrites();
			const lost = Promise.allSettled(numbered(3, 2).map(async (line) => await record.append(line)));
			const last = record.append({ part: 5 }).catch(() => undefined);
			await lost;
			world.repair();
			await last;
			await record.append({ part: 6 }).catch(() => undefined);
			await record.close();
			const lines = await found();
			expect(lines).toEqual(numbered(lines.length, 1));
			expect(lines).not.toContainEqual({ part: 6 });
		});
	});
}

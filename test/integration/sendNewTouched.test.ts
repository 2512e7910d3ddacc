import type { SendNewRequest, SendNewResult } from '../../masv/sync/sendNewRequest';
import type { Progress } from '../../masv/transfer/progress';
import type { FileSource, RangeReader } from '../../masv/transfer/source';
import { followWork, nth } from '../support/mortal';
import { contentsOf, useSendingJob } from '../support/sendingJob';
import { patternBytes } from '../support/testSources';

const mebibyte = 1024 * 1024;
const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

onEmbeddedStore('a file that was touched since it was sent', () => {
	const job = useSendingJob();
	const large = patternBytes(12 * mebibyte, 3);
	const namesOf = ({ sent }: SendNewResult) => sent.map(({ files }) => files.map(({ name }) => name));
	type Source = FileSource & { kind: 'range' };

	/** Does something to the files that are read. */
	const reading = (change: (reader: RangeReader, source: Source) => RangeReader): Partial<SendNewRequest> => ({
		toSource: (file) => {
			const source = job().folder.toSource(file) as Source;
			return { ...source, open: async () => change(await source.open(), source) };
		},
	});
	/** Counts bytes by file. */
	const counting = () => {
		const read: Record<string, number> = {};
		const more = reading((reader, { name }) => ({
			...reader,
			read: async (into, at) => {
				const bytes = await reader.read(into, at);
				read[name] = (read[name] ?? 0) + bytes;
				return bytes;
			},
		}));
		return { read, more };
	};

	/** A run that finds a large file that was touched. */
	const stoppable = async () => {
		const { folder, run, runWell, processes, clock } = job();
		folder.write('large', large);
		await runWell();
		folder.touch('large');
		const stop = new AbortController();
		const process = processes.start(() => 'lives', { clock, signal: stop.signal });
		return { stop, run: async (more: Partial<SendNewRequest>) => await run(process, more) };
	};

	it('is read once, and not sent', async () => {
		const { folder, runWell, masv, contents } = job();
		folder.write('large', large);
		folder.write('small', 'small');
		folder.write('empty', '');
		await runWell();
		folder.touch('large', 1_800, true);
		folder.touch('small');
		folder.touch('empty');
		masv.sandbox.requests.length = 0;
		const first = counting();
		expect(await runWell(first.more)).toMatchObject({
			...{ sent: [], failed: [], waiting: [], moved: 0, unchanged: 3 },
			ledger: { state: 'found', files: 3 },
		});
		expect([first.read, masv.sandbox.requests]).toEqual([{ large: large.length, small: 5 }, []]);
		const second = counting();
		expect(await runWell(second.more)).toMatchObject({ sent: [], unchanged: 0 });
		expect(second.read).toEqual({});
		expect(await contents()).toHaveLength(3);
	});

	it('is sent if its content is another one, also of the same size', async () => {
		const { folder, runWell, contents } = job();
		folder.write('a', 'first');
		folder.write('large', large);
		await runWell();
		const changed = Buffer.from(large);
		changed[11 * mebibyte] = (changed[11 * mebibyte] as number) ^ 1;
		folder.write('large', changed, 120);
		folder.write('a', 'other', 120);
		folder.write('new', 'new');
		const second = await runWell();
		expect([namesOf(second), second.unchanged]).toEqual([[['new', 'a', 'large']], 0]);
		const all: Array<[string, string | Buffer]> = [
			['a', 'first'],
			['a', 'other'],
			['large', large],
			['large', changed],
			['new', 'new'],
		];
		expect(await contents()).toEqual(contentsOf(all));
	});

	it('is compared with what was sent last', async () => {
		const { folder, runWell } = job();
		for (const content of ['first', 'other', 'first']) {
			folder.write('a', content);
			expect(namesOf(await runWell())).toEqual([['a']]);
			await job().clock.sleep(3_600_000);
		}
	});

	it('is sent without being read first if that is wanted', async () => {
		const { folder, runWell } = job();
		folder.write('a', 'content');
		await runWell();
		folder.touch('a');
		const { read, more } = counting();
		expect(namesOf(await runWell({ ...more, touchedFiles: 'send' }))).toEqual([['a']]);
		expect(read).toEqual({ a: 7 });
	});

	it('is sent if it was only marked: nobody knows its content', async () => {
		const { folder, runWell } = job();
		folder.write('a', 'content');
		await runWell({ firstRun: 'mark' });
		folder.touch('a');
		expect(namesOf(await runWell())).toEqual([['a']]);
	});

	it('is recognized although it was moved or touched before', async () => {
		const { folder, runWell } = job();
		folder.write('a', 'content');
		await runWell();
		folder.rename(['a', 'b']);
		expect(await runWell()).toMatchObject({ sent: [], moved: 1 });
		for (const age of [1_800, 900]) {
			folder.touch('b', age);
			expect(await runWell()).toMatchObject({ sent: [], unchanged: 1 });
		}
	});

	it('is recognized if the run that has sent it died before it could enter it', async () => {
		const { folder, run, runWell, start } = job();
		folder.write('a', 'content');
		const is = nth(1, 'POST', /\/packages\/[^/]+\/finalize$/);
		expect(await run(start((request) => (is(request) ? 'dies after' : 'lives')))).toBe('dead');
		expect((await runWell()).sent).toMatchObject([{ recovered: true }]);
		folder.touch('a');
		expect(await runWell()).toMatchObject({ sent: [], unchanged: 1 });
	});

	it('is recognized if the run that has sent it died when its delivery was over, but not entered', async () => {
		const { folder, run, runWell, start } = job();
		folder.write('a', 'content');
		const process = start();
		const open = async (key: string) => {
			const record = await process.journal.open(key);
			return {
				...record,
				append: async (line: object) => {
					if ((line as { kind?: string }).kind === 'sums') process.kill();
					await record.append(line);
				},
			};
		};
		expect(await run(process, {}, { ...process.journal, open })).toBe('dead');
		expect((await runWell()).sent).toMatchObject([{ recovered: true }]);
		folder.touch('a');
		expect(await runWell()).toMatchObject({ sent: [], unchanged: 1 });
	});

	it('is sent again by a job that deletes what it has sent: it has come since', async () => {
		const { folder, runWell } = job();
		const after = { kind: 'delete', clear: folder.clear } as const;
		for (const age of [3_600, 1_800]) {
			folder.write('a', 'content', age);
			expect(namesOf(await runWell({ after }))).toEqual([['a']]);
			expect(folder.names()).toEqual([]);
		}
	});

	it('is left for the next run if it changes after it was listed', async () => {
		const { folder, runWell } = job();
		folder.write('a', 'content');
		await runWell();
		folder.touch('a');
		const { sent, failed, waiting } = await runWell({
			toSource: (file) => {
				folder.write('a', 'another', 0);
				return folder.toSource(file);
			},
		});
		expect([sent, failed, waiting.map(({ name }) => name)]).toEqual([[], [], ['a']]);
	});

	it('is left for the next run if it changes while it is read', async () => {
		const { folder, runWell } = job();
		folder.write('a', 'content');
		await runWell();
		folder.touch('a');
		const writing = reading((reader) => ({
			...reader,
			read: async (into, at) => {
				folder.touch('a', 0);
				return await reader.read(into, at);
			},
		}));
		const { sent, unchanged, waiting } = await runWell(writing);
		expect([sent, unchanged, waiting.map(({ name }) => name)]).toEqual([[], 0, ['a']]);
		await job().clock.sleep(60_000);
		expect(await runWell()).toMatchObject({ sent: [], unchanged: 1, waiting: [] });
	});

	it('is an error of its own if it cannot be read, and the others are sent', async () => {
		const { folder, runWell, contents } = job();
		for (const name of ['bad', 'good']) folder.write(name, name);
		await runWell();
		for (const name of ['bad', 'good']) folder.touch(name);
		folder.write('new', 'new');
		const failing = reading((reader, { name }) => ({
			...reader,
			read: async (into, at) => {
				if (name === 'bad') throw Object.assign(new Error('EIO'), { code: 'EIO' });
				return await reader.read(into, at);
			},
		}));
		const next = await runWell(failing);
		expect([namesOf(next), next.unchanged]).toEqual([[['new']], 1]);
		expect(next.failed).toMatchObject([{ path: '/media/in/bad', files: 1, error: { code: 'file_not_readable' } }]);
		expect(next.failed[0]?.error.message).toContain('"in/bad" cannot be read');
		expect(await runWell()).toMatchObject({ sent: [], failed: [], unchanged: 1 });
		expect(await contents()).toHaveLength(3);
	});

	it('is no error of a run that was frozen, and that another one has taken over from', async () => {
		const { folder, run, runWell, start, clock } = job();
		folder.write('a', 'content');
		await runWell();
		folder.touch('a');
		const frozen = start();
		const ended = followWork(frozen);
		const open = async (): Promise<never> => {
			await frozen.freeze();
			throw Object.assign(new Error('EIO'), { code: 'EIO' });
		};
		expect(await run(frozen, { toSource: (file) => ({ ...(folder.toSource(file) as Source), open }) })).toBe('dead');
		expect(await runWell()).toMatchObject({ sent: [], unchanged: 1 });
		// Longer than any answer about a lease is believed.
		await clock.sleep(60_000);
		frozen.wake();
		await expect(ended()).rejects.toMatchObject({ code: 'delivery_taken_over' });
	});

	it('keeps no new file from being sent if ten of them cannot be read', async () => {
		const { folder, runWell } = job();
		const names = Array.from({ length: 12 }, (_, index) => `${10 + index}`);
		for (const name of names) folder.write(name, name);
		await runWell();
		for (const name of names) folder.touch(name);
		folder.write('new', 'new');
		const failing = reading((reader, { name }) => {
			if (name !== 'new') throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
			return reader;
		});
		const next = await runWell(failing);
		expect(namesOf(next)).toEqual([['new']]);
		expect(next.warnings).toEqual([
			'10 touched files in a row could not be compared. The others are left for the next run.',
		]);
	});

	it('shares a line of the ledger with others if it is small, and is entered at once if it is large', async () => {
		const { folder, runWell, processes } = job();
		const names = Array.from({ length: 45 }, (_, index) => `small ${index}`);
		for (const name of names) folder.write(name, name);
		for (const name of ['large', 'larger']) folder.write(name, large);
		const { ledger } = await runWell();
		const lineCount = async () => (await processes.journal.join().open(ledger?.id ?? '')).lines.length;
		const before = await lineCount();
		for (const name of names) folder.touch(name);
		const second = await runWell();
		const between = await lineCount();
		expect([second.unchanged, between - before]).toEqual([45, 3]);
		for (const name of ['small 1', 'large', 'larger']) folder.touch(name, 900);
		const third = await runWell();
		expect(third.unchanged).toBe(3);
		expect((await lineCount()) - between).toBeGreaterThanOrEqual(2);
	});

	it('is sent sooner or later if it has changed, also behind more than ten that can never be read', async () => {
		const { folder, runWell, delivered } = job();
		const names = Array.from({ length: 12 }, (_, index) => `bad${10 + index}`);
		for (const name of [...names, 'good']) folder.write(name, name);
		await runWell();
		for (const name of names) folder.touch(name);
		folder.write('good', 'dood', 1_800);
		const failing = reading((reader, { name }) => {
			if (name !== 'good') throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
			return reader;
		});
		// Each run begins elsewhere.
		for (let run = 0; run < 100 && delivered().length < 2; run++) await runWell(failing).catch(() => undefined);
		expect(delivered()).toHaveLength(2);
	});

	it('is compared although its disk numbers it anew each time', async () => {
		const { folder, runWell } = job();
		for (const name of ['a', 'b']) folder.write(name, 'content');
		await runWell();
		folder.touch('a');
		folder.write('b', 'another', 1_800);
		let inodes = 100;
		const renumbering = reading((reader) => {
			const inode = String(++inodes);
			return { ...reader, look: async () => ({ ...(await reader.look()), inode }) };
		});
		const second = await runWell(renumbering);
		expect([namesOf(second), second.unchanged, second.waiting]).toEqual([[['b']], 1, []]);
	});

	it.each(['open', 'read'] as const)('does not keep a run from being stopped if its disk hangs (%s)', async (call) => {
		const { folder, run, runWell, processes, clock } = job();
		folder.write('a', 'content');
		await runWell();
		folder.touch('a');
		const stop = new AbortController();
		const hang = (): Promise<never> => {
			stop.abort();
			return new Promise(() => {});
		};
		const hanging: Partial<SendNewRequest> = {
			toSource: (file) => {
				const source = folder.toSource(file) as Source;
				if (call === 'open') return { ...source, open: hang };
				return { ...source, open: async () => ({ ...(await source.open()), read: hang }) };
			},
		};
		const process = processes.start(() => 'lives', { clock, signal: stop.signal });
		await expect(run(process, hanging)).rejects.toMatchObject({ code: 'cancelled' });
	});

	it('shows how much of it was read', async () => {
		const { folder, runWell } = job();
		folder.write('large', large);
		await runWell();
		folder.touch('large');
		const reports: Progress[] = [];
		await runWell({ onProgress: (progress) => void reports.push(progress), progressEveryMs: 0 });
		expect(reports[0]).toMatchObject({ totalFiles: 1, totalBytes: large.length, bytesToCheck: large.length, bytes: 0 });
		expect(reports.at(-1)).toMatchObject({ files: 1, bytes: large.length, checkedBytes: large.length });
	});

	it('is not read to the end by a run that is stopped', async () => {
		const { stop, run } = await stoppable();
		let bytes = 0;
		const stopping = reading((reader) => ({
			...reader,
			read: async (into, at) => {
				const got = await reader.read(into, at);
				bytes += got;
				stop.abort();
				return got;
			},
		}));
		await expect(run(stopping)).rejects.toMatchObject({ code: 'cancelled' });
		expect(bytes).toBeLessThan(large.length / 2);
	});

	it.each(['open', 'read', 'look'] as const)('ends a run that is stopped although "%s" hangs', async (call) => {
		const { stop, run } = await stoppable();
		const { promise: released, resolve: release } = Promise.withResolvers<void>();
		const { promise: isClosed, resolve: onClose } = Promise.withResolvers<void>();
		const hang = async (): Promise<void> => {
			stop.abort();
			await released;
		};
		const toSource: SendNewRequest['toSource'] = (file) => {
			const source = job().folder.toSource(file) as Source;
			const open = async (): Promise<RangeReader> => {
				if (call === 'open') await hang();
				const reader = await source.open();
				return {
					read: async (into, at) => {
						if (call === 'read') await hang();
						return await reader.read(into, at);
					},
					look: async () => {
						if (call === 'look') await hang();
						return await reader.look();
					},
					close: () => {
						reader.close();
						onClose();
					},
				};
			};
			return { ...source, open };
		};
		try {
			await expect(run({ toSource })).rejects.toMatchObject({ code: 'cancelled' });
		} finally {
			release();
		}
		await isClosed;
	});
});

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { MasvClient } from '../../masv/client';
import { folderJournal } from '../../masv/node/folderJournal';
import { folderLeases } from '../../masv/node/folderLeases';
import { finalizePackage } from '../../masv/packages/finalize';
import { noRetry } from '../../masv/retry';
import { bufferSource } from '../../masv/transfer/bufferSource';
import type { Journal, JournalRecord } from '../../masv/transfer/journal';
import type { Leases } from '../../masv/transfer/lease';
import { addFiles } from '../../masv/upload/addFiles';
import { instantClock } from '../support/instantClock';
import { memoryJournal } from '../support/memoryJournal';
import { createProcesses } from '../support/mortal';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';

const modifiedAt = new Date('2026-01-02T03:04:05.678Z');
const content = Buffer.from('content');

/** The same journal, which counts the records that are opened, and the lines that are read and written. */
function counting(journal: Journal): { journal: Journal; count: { records: number; lines: number } } {
	const count = { records: 0, lines: 0 };
	const read = (lines: readonly unknown[]): void => {
		count.records++;
		count.lines += lines.length;
	};
	const countWrites = (record: JournalRecord): JournalRecord => ({
		...record,
		append: async (...args) => {
			count.lines++;
			await record.append(...args);
		},
		replace: async (lines) => {
			const all = [...lines];
			count.lines += all.length;
			await record.replace?.(all);
		},
	});
	return {
		count,
		journal: {
			open: async (key) => {
				const record = await journal.open(key);
				read(record.lines);
				return countWrites(record);
			},
			readAll: async (prefix) => {
				const records = await journal.readAll(prefix);
				for (const lines of records?.values() ?? []) read(lines);
				return records;
			},
		},
	};
}

describe('executions that each upload one file to the same package', () => {
	let masv: TestMasv;
	let packageId: string;
	beforeEach(async () => {
		masv = await startTestMasv();
		packageId = masv.sandbox.seedPackage({ state: 'new' }).id;
	});
	afterEach(async () => await masv.close());

	/** One execution. @returns whether the file was there */
	const upload = async (
		number: number,
		{ client, journal, leases }: { client: MasvClient; journal: Journal; leases: Leases },
	): Promise<boolean> => {
		const name = `${number}.mov`;
		const source = bufferSource(content, { name, path: '', modifiedAt, location: `/media/${name}` });
		const options = { stopAtFirst: true, policy: noRetry, journal, leases, scope: 'workflow/upload' };
		const [result] = await addFiles(client, packageId, [source], options);
		if (result?.status !== 'fulfilled') throw result?.reason;
		return result.value.already_there;
	};

	it('take about twice as much bookkeeping for twice as many files', async () => {
		const { journal, count } = counting(memoryJournal().join());
		const processes = createProcesses(masv);
		const { client, leases } = processes.start();
		const work: Array<typeof count> = [];
		for (let number = 1; number <= 400; number++) {
			await upload(number, { client, journal, leases });
			if (number % 200 === 0) work.push({ ...count });
		}
		await processes.close();
		const [half, whole] = work as [typeof count, typeof count];
		expect(whole.records / half.records).toBeLessThan(2.5);
		expect(whole.lines / half.lines).toBeLessThan(2.5);
		await finalizePackage(masv.client(), packageId, { policy: noRetry });
	}, 180_000);

	it('leave a few files in the folder, and find what they have uploaded', async () => {
		const folder = await mkdtemp(join(tmpdir(), 'masv-journal-'));
		const kinds = async (): Promise<object> => {
			const names = await readdir(folder);
			const records = names
				.filter((name) => name.endsWith('.jsonl'))
				.map((name) => name.replace('.jsonl', '').split('-'));
			const groups = Map.groupBy(records, ([, key = '']) => key.length);
			return { leases: names.filter((name) => name.endsWith('.lease')).length, unfolded: groups.get(40)?.length ?? 0 };
		};
		try {
			const journal = folderJournal(folder);
			const leases = folderLeases(folder, instantClock());
			const process = { client: masv.client(), journal, leases };
			for (let number = 1; number <= 12; number++) expect(await upload(number, process)).toBe(false);
			// The last one is folded by the next.
			expect(await kinds()).toEqual({ leases: 2, unfolded: 1 });
			for (let number = 1; number <= 12; number++) expect(await upload(number, process)).toBe(true);
			expect(await kinds()).toEqual({ leases: 1, unfolded: 0 });
		} finally {
			await rm(folder, { recursive: true, force: true });
		}
	});
});

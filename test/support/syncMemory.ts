/**
 * A process that measures how much memory a job takes that sends new files. It lists files that are all in the ledger. The job comes as
 * JSON in the first argument.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { MasvClient } from '../../masv/client';
import { folderJournal } from '../../masv/node/folderJournal';
import { nodeHashing } from '../../masv/node/nodeHashing';
import { systemClock } from '../../masv/node/systemClock';
import { decideFiles } from '../../masv/sync/decideFiles';
import { openLedger } from '../../masv/sync/ledgerBook';
import { createGuard } from '../../masv/transfer/guard';
import { listNewFiles } from '../../nodes/Masv/files/newFiles';
import { enterAsSent } from './enterAsSent';
import { fakeN8n } from './fakeN8n';

export interface SyncMemoryJob {
	/** With the files. */
	folder: string;
	/** Where the ledger is. */
	ledgers: string;
}

/** Bytes in the heap. */
export interface SyncMemoryReport {
	files: number;
	/** How many have a sum. */
	sums: number;
	/** What is new, to show that the files are compared. */
	isNew: number;
	ledger: number;
	listing: number;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function heapBytes(): Promise<number> {
	let least = Infinity;
	for (let turn = 0; turn < 5; turn++) {
		collectGarbage();
		await new Promise((resolve) => setImmediate(resolve));
		least = Math.min(least, process.memoryUsage().heapUsed);
	}
	return least;
}

async function main({ folder, ledgers }: SyncMemoryJob): Promise<void> {
	const transport = async () => await Promise.reject(new Error('No request is expected'));
	const client = new MasvClient({
		...{ baseUrl: 'http://127.0.0.1', apiKey: 'none', teamId: 'none', transport },
		...{ clock: systemClock, hashing: nodeHashing },
	});
	const { n8n } = fakeN8n();
	const journal = folderJournal(ledgers);
	const list = async () => (await listNewFiles(n8n, [folder], '', [])).files;
	const open = async () => {
		const record = await journal.open('ledger');
		return { record, book: await openLedger(client, record, createGuard(undefined, systemClock), 0) };
	};
	const enterAll = async (): Promise<void> => {
		const { record, book } = await open();
		const files = await list();
		await enterAsSent(book, files, ({ location }) => `${nodeHashing.sha256(location).slice(0, 24)}/16777216`);
		await book.begin({ scope: 'job' });
		await record.close();
	};
	await enterAll();
	// Whatever is loaded and compiled by the first one stays.
	await (await open()).record.close();
	const before = await heapBytes();
	const { record, book } = await open();
	const withLedger = await heapBytes();
	const files = await list();
	const withListing = await heapBytes();
	const rules = { now: Date.now(), waitMs: 0, sendMoved: false, touchedFiles: 'compare' } as const;
	const { ready, sent } = await decideFiles(files, book.ledger, rules, systemClock);
	const report: SyncMemoryReport = {
		...{ files: sent, isNew: ready.length },
		sums: [...book.ledger.entries.values()].filter(({ file: { sum } }) => sum !== undefined).length,
		...{ ledger: withLedger - before, listing: withListing - withLedger },
	};
	await record.close();
	process.send?.(report, () => process.disconnect());
}

void main(JSON.parse(process.argv[2] ?? '') as SyncMemoryJob);

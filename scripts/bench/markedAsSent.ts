/**
 * Writes a ledger anew, as if the files that a first run has marked had been sent: each with the sum of its content, which is the
 * same for all. A process of its own, because the sources leave the ending out of their imports. The job is the first argument, as JSON.
 */
import { MasvClient } from '../../masv/client.ts';
import { folderJournal } from '../../masv/node/folderJournal.ts';
import { nodeHashing } from '../../masv/node/nodeHashing.ts';
import { systemClock } from '../../masv/node/systemClock.ts';
import { readLedger } from '../../masv/sync/ledger.ts';
import { openLedger } from '../../masv/sync/ledgerBook.ts';
import { createGuard } from '../../masv/transfer/guard.ts';
import { enterAsSent } from '../../test/support/enterAsSent.ts';

export interface MarkedAsSentJob {
	/** With the ledgers. */
	folder: string;
	id: string;
	/** Content of each file. */
	content: string;
}

const { folder, id, content } = JSON.parse(process.argv[2] ?? '') as MarkedAsSentJob;
const transport = async () => await Promise.reject(new Error('No request is expected'));
const client = new MasvClient({ baseUrl: 'http://127.0.0.1', transport, clock: systemClock, hashing: nodeHashing });
const record = await folderJournal(folder).open(id);
const { entries, workflow, node } = await readLedger(record.lines, systemClock);
await record.remove();
await record.close();
const anew = await folderJournal(folder).open(id);
const book = await openLedger(client, anew, createGuard(undefined, systemClock), 0);
await book.begin({ scope: '', workflow, node });
const md5 = nodeHashing.md5();
md5.update(new TextEncoder().encode(content));
const sum = md5.hex();
await enterAsSent(
	book,
	[...entries.values()].map(({ file }) => file),
	() => sum,
);
await anew.close();
process.send?.('written', () => process.exit());

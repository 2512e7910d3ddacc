import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import { createGuard } from '../transfer/guard';
import type { Lease, Leases } from '../transfer/lease';
import { openRecord } from '../transfer/openRecord';
import { waitForLease } from '../transfer/waitForLease';
import { targetFacts } from '../upload/sendPackage';
import type { LedgerBook } from './ledgerBook';
import { ledgerKey, openLedger } from './ledgerBook';
import { runJob } from './runJob';
import type { LedgerFacts, SendNewRequest, SendNewResult } from './sendNewRequest';

/**
 * Sends the files that are new or have changed since earlier runs of the same job sent them. The ledger tells; whatever it
 * does not tell is found in MASV or sent again. The README of this folder explains what happens if a run dies.
 * @throws MasvError if nothing was sent
 */
export async function sendNew(client: MasvClient, request: SendNewRequest): Promise<SendNewResult> {
	const id = ledgerKey(client, request.owner.scope, String(targetFacts(request.target)[0]));
	const lease = await takeJob(client, request, id);
	if (lease === 'running') return nothing;
	const guard = createGuard(lease, client.clock);
	const record = await openRecord(request.ledgers, id, lease);
	try {
		const book = await openLedger(client, record, guard, request.knownLines(id));
		const warnings: string[] = [];
		const warn = (text: string): void => {
			warnings.push(text);
			request.onWarning?.(text);
		};
		const done = await runJob(client, request, book, warn);
		return { ...done, ledger: factsOf(id, book, request), warnings };
	} finally {
		await record?.close();
		await lease?.release();
	}
}

const nothing: SendNewResult = { sent: [], waiting: [], marked: 0, moved: 0, ledger: undefined, warnings: [] };

/** @returns undefined if there is no lease to be had */
async function takeJob(
	client: MasvClient,
	{ leases, ifRunning }: { leases?: Leases; ifRunning: SendNewRequest['ifRunning'] },
	id: string,
): Promise<Lease | 'running' | undefined> {
	if (leases === undefined) return undefined;
	let isRunning = false;
	const onHeld = (): boolean => {
		if (ifRunning === 'fail') {
			throw new MasvInputError('Another run of this node is already sending new files', {
				code: 'delivery_running',
				field: 'ifRunning',
			});
		}
		isRunning = ifRunning === 'skip';
		return !isRunning;
	};
	const lease = await waitForLease(client, leases, id, { onHeld });
	return isRunning ? 'running' : lease;
}

function factsOf(id: string, book: LedgerBook, { knownLines }: SendNewRequest): LedgerFacts {
	const { ledger, state } = book;
	const files = ledger.entries.size;
	if (!book.isComplete()) return { id, state: 'unavailable', files, lines: knownLines(id) };
	return { id, state, files, lines: ledger.lastNumber };
}

import type { MasvClient } from '../client';
import { createGuard } from '../transfer/guard';
import { openRecord } from '../transfer/openRecord';
import { factsOf, ledgerKey, openLedger } from './ledgerBook';
import { readLook } from './lookRecord';
import type { ReceiveNewRequest, ReceiveNewResult } from './receiveNewRequest';
import { runReceiveJob } from './runReceiveJob';
import { takeJob } from './takeJob';

/**
 * Receives the packages that have arrived since earlier runs of the same job received theirs: each once, whole, in the order in
 * which the uploads began. The ledger tells which; without it, packages are received again, and files that are there are skipped.
 * The README of this folder explains what happens if a run dies.
 * @throws MasvError if MASV's lists cannot be read, and nothing was received
 */
export async function receiveNew(client: MasvClient, request: ReceiveNewRequest): Promise<ReceiveNewResult> {
	const id = ledgerKey(client, request.owner.scope, 'receive');
	const lease = await takeJob(client, request, id);
	if (lease === 'running') return nothing;
	const guard = createGuard(lease, client.clock);
	const record = await openRecord(request.ledgers, id, lease);
	try {
		const look = await openRecord(request.ledgers, `${id}-look`, undefined);
		try {
			const knownLines = Math.max(request.knownLines(id), readLook(look, request.origin).lines);
			const book = await openLedger(client, record, guard, knownLines);
			const warnings: string[] = [];
			const warn = (text: string): void => {
				warnings.push(text);
				request.onWarning?.(text);
			};
			const done = await runReceiveJob(client, request, book, look, warn);
			await book.compact();
			return { ...done, ledger: factsOf(id, book, request.knownLines(id)), warnings };
		} finally {
			await look?.close();
		}
	} finally {
		await record?.close();
		await lease?.release();
	}
}

const nothing: ReceiveNewResult = {
	...{ received: [], failed: [], gone: [], waiting: [] },
	...{ ledger: undefined, warnings: [] },
};

import type { MasvClient } from '../client';
import { createGuard } from '../transfer/guard';
import { openRecord } from '../transfer/openRecord';
import { targetFacts } from '../upload/sendPackage';
import { factsOf, ledgerKey, openLedger } from './ledgerBook';
import { runJob } from './runJob';
import type { SendNewRequest, SendNewResult } from './sendNewRequest';
import { takeJob } from './takeJob';

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
		await book.compact();
		return { ...done, ledger: factsOf(id, book, request.knownLines(id)), warnings };
	} finally {
		await record?.close();
		await lease?.release();
	}
}

const nothing: SendNewResult = {
	...{ sent: [], failed: [], waiting: [], marked: 0, moved: 0, unchanged: 0 },
	...{ ledger: undefined, warnings: [] },
};

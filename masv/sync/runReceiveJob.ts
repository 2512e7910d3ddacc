import type { MasvClient } from '../client';
import { findLinkedPackages } from '../download/linkRecord';
import { openOwnPackage } from '../download/ownPackage';
import { MasvError, throwIfCancelled } from '../errors';
import { fiveSecondsOfOutage } from '../retry';
import type { MasvPackage } from '../schemas';
import type { JournalRecord } from '../transfer/journal';
import { packagesPerLine } from './compactLedger';
import type { FoundPackages } from './findPackages';
import { findPackages, originKey } from './findPackages';
import type { LedgerBook } from './ledgerBook';
import { isRenamed } from './ledgerBook';
import { duePackages, unreportedPackages } from './ledgerPackages';
import { readLook, writeLook } from './lookRecord';
import { receiveDue } from './receiveDue';
import type { ReceiveNewRequest, ReceiveNewResult } from './receiveNewRequest';

/**
 * What is carried out under the lease of the job.
 * @param lookRecord see {@link readLook}
 * @param warn tells a person
 */
export async function runReceiveJob(
	client: MasvClient,
	request: ReceiveNewRequest,
	book: LedgerBook,
	lookRecord: JournalRecord | undefined,
	warn: (text: string) => void,
): Promise<Omit<ReceiveNewResult, 'ledger' | 'warnings'>> {
	tellState(book, warn);
	const { found, waiting } = await look(client, request, book, lookRecord);
	const records = new Map(found.map(({ record }) => [record.id, record]));
	const done: Omit<ReceiveNewResult, 'ledger' | 'warnings'> = { received: [], failed: [], gone: [], waiting };
	try {
		await endLinksLeft(client, request, book, warn);
		const seed = client.hashing.randomHex(8);
		const mix = (id: string): string => client.hashing.sha256(`${seed} ${id}`);
		const due = duePackages(book.ledger.packages, originKey(request.origin), client.clock.now(), mix);
		let failedInARow = 0;
		for (const each of [...unreportedPackages(book.ledger.packages, request.run), ...due]) {
			throwIfCancelled(client.signal);
			if (failedInARow >= maxFailuresInARow) {
				warn(`${maxFailuresInARow} packages in a row could not be received. The others are left for the next run.`);
				break;
			}
			const outcome = await receiveDue(client, request, book, each, records.get(each.id), warn);
			if (outcome === 'missing') continue;
			if ('reason' in outcome) {
				done.gone.push(outcome);
				continue;
			}
			const isReceived = !('error' in outcome);
			failedInARow = isReceived ? 0 : failedInARow + 1;
			if (isReceived) done.received.push(outcome);
			else done.failed.push(outcome);
		}
	} catch (error) {
		// What was received is known to the ledger, so no later run would report it.
		if (done.received.length === 0) throw error;
		if (error instanceof MasvError) {
			const ids = done.received.map((each) => each.package.id).join(', ');
			error.addHint(`Received before, and not received again: ${ids}.`);
		}
		return { ...done, failure: error };
	}
	if (!book.isComplete()) {
		warn(
			'The ledger cannot be written. The next run receives the same packages again, and skips files that are there.',
		);
	}
	return done;
}

/**
 * Looks for new packages, and enters them. They are in the ledger before the state of the look is stored: after a run that dies in
 * between, the next one finds them again, and the ledger knows them. The line that says that the job has begun comes after them,
 * because only a ledger that has begun is worth more than a look from the beginning.
 */
async function look(
	client: MasvClient,
	{ origin, from: wantedFrom, owner }: ReceiveNewRequest,
	book: LedgerBook,
	lookRecord: JournalRecord | undefined,
): Promise<FoundPackages> {
	const { ledger } = book;
	const from = Math.min(wantedFrom, ledger.from ?? wantedFrom);
	const isContinued = book.state === 'found' && from === ledger.from;
	const looked = await findPackages(client, origin, from, isContinued ? readLook(lookRecord, origin).state : undefined);
	const key = originKey(origin);
	const fresh = looked.found.filter(({ record }) => ledger.packages.get(record.id)?.origin !== key);
	for (let start = 0; start < fresh.length; start += packagesPerLine) {
		const packages = fresh.slice(start, start + packagesPerLine).map(toLedgerPackage);
		await book.write({ kind: 'found', at: client.clock.now(), origin: key, packages }, { durable: true });
	}
	if (!isContinued || isRenamed(owner, book)) await book.begin(owner, from);
	await book.check();
	if (lookRecord !== undefined && book.isComplete()) {
		await writeLook(lookRecord, origin, { state: looked.state, lines: book.safeLines() });
	}
	return looked;
}

/** Disables links that runs could not disable which have received their package: no later run receives it. */
async function endLinksLeft(
	client: MasvClient,
	{ journal, leases }: ReceiveNewRequest,
	{ ledger }: LedgerBook,
	warn: (text: string) => void,
): Promise<void> {
	const received = [...ledger.packages.values()].filter(({ state }) => state === 'received').map(({ id }) => id);
	for (const id of await findLinkedPackages(client, { journal, leases }, received)) {
		try {
			const access = await openOwnPackage(client, id, { journal, leases }, fiveSecondsOfOutage);
			for (const text of await access.end()) warn(text);
		} catch {
			throwIfCancelled(client.signal);
			// The package is gone, and its links with it, or the next run tries again.
		}
	}
}

/** During an outage, each one is retried for a quarter of an hour. */
const maxFailuresInARow = 10;

function toLedgerPackage({ created, record }: { created: number; record: MasvPackage }) {
	const portal = typeof record.portal_id === 'string' ? record.portal_id : undefined;
	return { id: record.id, name: record.name ?? '', created, ...(portal !== undefined && { portal }) };
}

function tellState({ state }: LedgerBook, warn: (text: string) => void): void {
	const now = 'are received now, perhaps again. Files that are there are skipped.';
	if (state === 'lost') warn(`The ledger of what was received is gone. All packages ${now}`);
	if (state === 'incomplete') {
		warn(`The ledger of what was received is incomplete. The packages that it does not contain ${now}`);
	}
}

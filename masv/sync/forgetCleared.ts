import type { MasvClient } from '../client';
import { throwIfCancelled } from '../errors';
import { inTurns, quickly } from '../inTurns';
import { LongMap } from '../longCollections';
import { chunksOf } from './compactLedger';
import type { LedgerEntry } from './ledger';
import type { LedgerBook } from './ledgerBook';
import type { LedgerFile } from './ledgerLines';
import type { SendNewRequest } from './sendNewRequest';

/** Milliseconds. */
const keepClearedMs = 90 * 24 * 60 * 60 * 1000;

/**
 * Takes what was moved or deleted long ago out of the ledger, which would grow with each run. What is there again, or may be on a disk
 * that is not mounted, stays.
 * @param files all that were found
 * @throws MasvCancelledError; MasvError `delivery_taken_over`
 */
export async function forgetCleared(
	{ clock, signal }: Pick<MasvClient, 'clock' | 'signal'>,
	{ isUnmounted }: Pick<SendNewRequest, 'isUnmounted'>,
	book: LedgerBook,
	files: readonly LedgerFile[],
): Promise<void> {
	const until = clock.now() - keepClearedMs;
	const old = new LongMap<string, LedgerFile>();
	const find = ([location, { file, delivery }]: [string, LedgerEntry]): void => {
		if (delivery.cleared !== undefined && (delivery.at ?? Infinity) < until) old.set(location, file);
	};
	await inTurns(book.ledger.entries, clock, find, quickly);
	if (old.size === 0) return;
	const mounted = new Set<string>();
	const keep = ({ location, device }: LedgerFile): void => {
		mounted.add(device);
		old.delete(location);
	};
	await inTurns(files, clock, keep, quickly);
	const gone: string[] = [];
	for (const [location, file] of old) {
		throwIfCancelled(signal);
		// If in doubt, it may come back.
		if (!(await isUnmounted(file, mounted).catch(() => true))) gone.push(location);
	}
	for (const some of chunksOf(gone)) await book.write({ kind: 'unsent', files: some });
}

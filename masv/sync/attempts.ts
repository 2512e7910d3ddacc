import type { MasvClient } from '../client';
import { MasvConnectionError, MasvError, throwIfCancelled } from '../errors';
import type { LedgerBook } from './ledgerBook';
import type { LedgerFile } from './ledgerLines';
import type { FailedDelivery } from './sendNewRequest';

/** Work of which one piece that fails does not stop the others: it would fail in each run, and they would never be sent. */
export interface Attempts {
	readonly failed: readonly FailedDelivery[];
	/** A series of them, which ends if too many in a row have failed. @param what could not be done then, for people */
	series(what: string): Attempt;
}

/**
 * Works on one, unless its series has ended. A failure is noted, and told at the end of the run.
 * @param files that it is about
 * @throws MasvCancelledError; MasvConnectionError; MasvError `delivery_taken_over`: the others would fail, too
 */
type Attempt = (files: ReadonlyArray<Pick<LedgerFile, 'location'>>, work: () => Promise<void>) => Promise<void>;

/** If that many have failed in a row, the reason is not in the files. */
const maxFailuresInARow = 10;

export function createAttempts(client: MasvClient, book: LedgerBook, warn: (text: string) => void): Attempts {
	const failed: FailedDelivery[] = [];
	const series = (what: string): Attempt => {
		let failedInARow = 0;
		return async (files, work) => {
			throwIfCancelled(client.signal);
			if (failedInARow >= maxFailuresInARow) return;
			try {
				await work();
				failedInARow = 0;
			} catch (error) {
				throwIfCancelled(client.signal);
				await book.check();
				if (!(error instanceof MasvError) || error instanceof MasvConnectionError) throw error;
				failed.push({ path: files[0]?.location ?? '', files: files.length, error });
				failedInARow++;
				if (failedInARow === maxFailuresInARow) {
					warn(`${maxFailuresInARow} ${what}. The others are left for the next run.`);
				}
			}
		};
	};
	return { failed, series };
}

/** What a series of deliveries tells. */
export const notSent = 'packages in a row could not be sent';

/**
 * Beginning elsewhere each time if there are so many that those that fail could keep a run from the others. Neighbors stay together:
 * disks and tapes read them faster.
 */
export function inTurn<T>({ hashing }: Pick<MasvClient, 'hashing'>, all: readonly T[]): readonly T[] {
	if (all.length <= maxFailuresInARow) return all;
	const start = Number.parseInt(hashing.randomHex(6), 16) % all.length;
	return [...all.slice(start), ...all.slice(0, start)];
}

import type { MasvClient } from '../client';
import { MasvConnectionError, MasvError, throwIfCancelled } from '../errors';
import type { LedgerBook } from './ledgerBook';
import type { LedgerFile } from './ledgerLines';
import type { FailedDelivery } from './sendNewRequest';

/** Deliveries of which one that fails does not stop the others: it would fail in each run, and they would never be sent. */
export interface Attempts {
	readonly failed: readonly FailedDelivery[];
	/**
	 * Works on one delivery, unless too many in a row have failed. A failure is noted, and told at the end of the run.
	 * @param files of the delivery
	 * @throws MasvCancelledError; MasvConnectionError; MasvError `delivery_taken_over`: the others would fail, too
	 */
	work(files: ReadonlyArray<Pick<LedgerFile, 'location'>>, work: () => Promise<void>): Promise<void>;
	/** Has others tried although too many in a row have failed before. */
	startOver(): void;
}

/** If that many have failed in a row, the reason is not in the files. */
const maxFailuresInARow = 10;

export function createAttempts(client: MasvClient, book: LedgerBook, warn: (text: string) => void): Attempts {
	const failed: FailedDelivery[] = [];
	let failedInARow = 0;
	return {
		failed,
		work: async (files, work) => {
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
					warn(`${maxFailuresInARow} packages in a row could not be sent. The others are left for the next run.`);
				}
			}
		},
		startOver: () => {
			failedInARow = 0;
		},
	};
}

/**
 * Beginning elsewhere each time if there are so many that those that fail could keep a run from the others. Neighbors stay together:
 * disks and tapes read them faster.
 */
export function inTurn<T>({ hashing }: Pick<MasvClient, 'hashing'>, all: readonly T[]): readonly T[] {
	if (all.length <= maxFailuresInARow) return all;
	const start = Number.parseInt(hashing.randomHex(6), 16) % all.length;
	return [...all.slice(start), ...all.slice(0, start)];
}

import { MasvError } from '../errors';
import type { Journal, JournalRecord } from './journal';
import type { Lease, Leases } from './lease';

/** What a delivery writes down for later runs, and for others that run at the same time. */
export interface Bookkeeping {
	journal: Journal;
	leases: Leases;
}

/**
 * Bookkeeping that never fails a delivery. If the disk is full, or the folder cannot be written or is gone, resuming is lost,
 * and so is the protection against a second run of the same delivery, but nothing else:
 * - `append` drops all lines of a record after the first that failed: a record is a prefix, never one with a gap.
 * - `take` returns undefined: there is no lease to be had.
 * - `isHeld` believes that a lease is held for as long as nothing shows that it was taken over.
 * @param onError called once, with the reason of the first failure
 */
export function createBookkeeping({ journal, leases }: Bookkeeping, onError: (reason: string) => void): Bookkeeping {
	let isReported = false;
	const report = (error: unknown): void => {
		if (isReported) return;
		isReported = true;
		onError(error instanceof Error ? error.message : String(error));
	};
	return { journal: quietJournal(journal, report), leases: quietLeases(leases, report) };
}

type Report = (error: unknown) => void;

function quietJournal(journal: Journal, report: Report): Journal {
	return {
		open: async (key) => {
			try {
				return quietRecord(await journal.open(key), report);
			} catch (error) {
				report(error);
				return {
					lines: [],
					hasFailed: () => true,
					append: async () => {},
					remove: async () => {},
					close: async () => {},
				};
			}
		},
	};
}

function quietRecord(record: JournalRecord, report: Report): JournalRecord {
	let isClosed = false;
	let hasGap = false;
	const attempt = async (step: () => Promise<void>): Promise<void> => {
		try {
			await step();
		} catch (error) {
			hasGap = true;
			report(error);
		}
	};
	return {
		lines: record.lines,
		hasFailed: () => hasGap,
		append: async (line, options) => {
			if (!hasGap && !isClosed) await attempt(async () => await record.append(line, options));
		},
		remove: async () =>
			await attempt(async () => {
				await record.remove();
				hasGap = false;
			}),
		close: async () => {
			isClosed = true;
			await attempt(async () => await record.close());
		},
	};
}

function quietLeases(leases: Leases, report: Report): Leases {
	return {
		take: async (key, options) => {
			try {
				const lease = await leases.take(key, options);
				return typeof lease === 'object' ? quietLease(lease, report) : lease;
			} catch (error) {
				if (error instanceof MasvError) throw error;
				report(error);
				return undefined;
			}
		},
	};
}

function quietLease(lease: Lease, report: Report): Lease {
	return {
		fence: lease.fence,
		isHeld: async () => {
			try {
				return await lease.isHeld();
			} catch (error) {
				report(error);
				return true;
			}
		},
		release: async () => await lease.release(),
	};
}

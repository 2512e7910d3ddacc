import type { Clock } from '../clock';
import { MasvError, throwIfCancelled } from '../errors';
import type { Journal, JournalRecord } from './journal';
import type { Lease, Leases } from './lease';
import type { WithStepLimit } from './stepLimit';
import { createStepLimit, StalledStep } from './stepLimit';

/** What a delivery writes down for later runs, and for others that run at the same time. */
export interface Bookkeeping {
	journal: Journal;
	leases: Leases;
}

/** A package may have thousands of records. */
const readAllSeconds = 60;

/**
 * Bookkeeping that never fails a delivery. If the disk is full, or the folder cannot be written or is gone, resuming is lost,
 * and so is the protection against a second run of the same delivery, but nothing else:
 * - `append` drops all lines of a record after the first that failed: a record is a prefix, never one with a gap.
 * - `take` returns undefined: there is no lease to be had.
 * - `isHeld` believes that a lease is held for as long as nothing shows that it was taken over.
 *
 * A step that does not return is one that failed, see {@link createStepLimit}. Only `isHeld` throws then: a run that cannot
 * look at its lease for half a minute has given no sign of life either, so another one may have taken over.
 * @param onError called once, with the reason of the first failure
 * @param signal of the run; once it aborts, no step is waited for longer than a moment
 */
export function createBookkeeping(
	{ journal, leases }: Bookkeeping,
	clock: Pick<Clock, 'sleep'>,
	onError: (reason: string) => void,
	signal?: AbortSignal,
): Bookkeeping {
	let isReported = false;
	const report = (error: unknown): void => {
		if (isReported) return;
		isReported = true;
		onError(error instanceof Error ? error.message : String(error));
	};
	const inTime = createStepLimit(clock, signal);
	return { journal: quietJournal(journal, inTime, report), leases: quietLeases(leases, inTime, report) };
}

type Report = (error: unknown) => void;

function quietJournal(journal: Journal, inTime: WithStepLimit, report: Report): Journal {
	return {
		open: async (key) => {
			const opening = journal.open(key);
			try {
				return quietRecord(await inTime(opening), inTime, report);
			} catch (error) {
				if (error instanceof StalledStep) closeLate(opening);
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
		readAll: async (prefix, containing) => {
			try {
				return await inTime(journal.readAll(prefix, containing), { more: readAllSeconds });
			} catch (error) {
				report(error);
				return undefined;
			}
		},
	};
}

function closeLate(opening: Promise<JournalRecord>): void {
	opening.then(async (record) => await record.close()).catch(() => undefined);
}

function quietRecord(record: JournalRecord, inTime: WithStepLimit, report: Report): JournalRecord {
	let isClosed = false;
	let hasGap = false;
	const attempt = async (step: () => Promise<void>): Promise<boolean> => {
		try {
			await inTime(step());
			return true;
		} catch (error) {
			hasGap = true;
			report(error);
			return false;
		}
	};
	return {
		lines: record.lines,
		hasFailed: () => hasGap,
		append: async (line, options) => {
			if (!hasGap && !isClosed) await attempt(async () => await record.append(line, options));
		},
		replace:
			record.replace &&
			(async (lines) => {
				try {
					await inTime(record.replace?.(lines) ?? Promise.resolve());
				} catch (error) {
					// It may still be at work. Otherwise, the record is as it was.
					if (error instanceof StalledStep) hasGap = true;
					throw error;
				}
			}),
		remove: async () => {
			if (await attempt(async () => await record.remove())) hasGap = false;
		},
		close: async () => {
			isClosed = true;
			await attempt(async () => await record.close());
		},
	};
}

function quietLeases(leases: Leases, inTime: WithStepLimit, report: Report): Leases {
	return {
		take: async (key, options) => {
			let hasResponded = (): void => {};
			// Watching a holder that gives no sign of life takes half a minute by itself, and starts over with the next holder.
			const taking = leases.take(key, { ...options, onLook: () => hasResponded() });
			try {
				const lease = await inTime(taking, { onStart: (restart) => (hasResponded = restart) });
				return typeof lease === 'object' ? quietLease(lease, inTime, report) : lease;
			} catch (error) {
				if (error instanceof StalledStep) releaseLate(taking);
				throwIfCancelled(options?.signal);
				if (error instanceof MasvError) throw error;
				report(error);
				return undefined;
			}
		},
	};
}

/** Otherwise, it would give signs of life for as long as this process lives. */
function releaseLate(taking: ReturnType<Leases['take']>): void {
	taking
		.then(async (lease) => {
			if (typeof lease === 'object') await lease.release();
		})
		.catch(() => undefined);
}

function quietLease(lease: Lease, inTime: WithStepLimit, report: Report): Lease {
	return {
		fence: lease.fence,
		isHeld: async () => {
			try {
				return await inTime(lease.isHeld());
			} catch (error) {
				report(error);
				if (error instanceof StalledStep) throw notKnownError();
				return true;
			}
		},
		release: async (options) => {
			try {
				await inTime(lease.release(options));
			} catch (error) {
				report(error);
			}
		},
	};
}

function notKnownError(): MasvError {
	return new MasvError(
		'Another execution may have taken over this delivery: the folder with the notes about it does not respond',
		{ code: 'delivery_taken_over' },
	);
}

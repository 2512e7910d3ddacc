import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import type { Guard } from '../transfer/guard';
import { createGuard } from '../transfer/guard';
import type { Journal, JournalRecord } from '../transfer/journal';
import type { Leases } from '../transfer/lease';
import { openRecord } from '../transfer/openRecord';
import { placeOf } from '../transfer/places';
import { pause } from '../pause';
import { askAgainMs, waitForLease } from '../transfer/waitForLease';
import type { FileSource } from '../transfer/source';
import { readNotes } from './notes';
import type { UploadOptions } from './uploadOptions';

/** The right to work on a delivery, and what earlier runs noted about it. */
export interface Delivery {
	/** Identifies the delivery. Empty if it has no identity. */
	key: string;
	guard: Guard;
	/** Grows with each run that works on the delivery. 0 without a lease. */
	fence: number;
	/** Undefined: nothing can be noted, so nothing can be resumed. */
	record: JournalRecord | undefined;
	/**
	 * What was noted until now: in the record, and in those of other deliveries with the same `group`.
	 * @returns the lines by the names of the records; undefined if they cannot be read
	 */
	read(): Promise<ReadonlyMap<string, readonly unknown[]> | undefined>;
	/** Whether this run waited for another one, which was seen at work or has noted since then that it has sent its package. */
	hasWaited: boolean;
	/** The fence of the latest run that had noted that when this one began to wait. 0: none had; Infinity: not known. */
	sentBefore: number;
	end(): Promise<void>;
}

/**
 * Identifies a delivery by who sends, where to, and which file goes to which place. Neither content nor times are part of
 * it: they decide for each file whether it is sent again. Undefined if a file has no location: no later run could
 * recognize it.
 */
export async function deliveryKey(
	client: MasvClient,
	scope: string | undefined,
	target: unknown[],
	sources: readonly FileSource[],
): Promise<string | undefined> {
	if (scope === undefined || sources.some(({ location }) => location === undefined)) return undefined;
	const toFact = (source: FileSource): unknown => [placeOf(source), source.location];
	return await client.listKey(['delivery', scope, ...target], sources, toFact);
}

/**
 * Waits for the right to work on a delivery. A holder that gives no sign of life is waited for, then taken over. With
 * `sendAnyway`, one that is at work is not waited for, and nothing is noted.
 * @param group what several deliveries have in common, which read each other's notes. Each writes to a record of its own: on a
 * network disk, lines that two machines append to one file overwrite each other
 * @param field of the error: the option that decides
 * @throws MasvInputError if another run is working on it and `ifRunning` is `fail`
 */
export async function takeDelivery(
	client: MasvClient,
	{ journal, leases, ifRunning = 'fail' }: Pick<UploadOptions, 'journal' | 'leases' | 'ifRunning'>,
	key: string | undefined,
	group?: string,
	field = 'ifRunning',
): Promise<Delivery> {
	const without: Delivery = {
		key: key ?? '',
		guard: createGuard(undefined, client.clock),
		fence: 0,
		record: undefined,
		read: () => Promise.resolve(undefined),
		hasWaited: false,
		sentBefore: Infinity,
		end: () => Promise.resolve(),
	};
	const sendsAnyway = ifRunning === 'sendAnyway';
	if (key === undefined || (sendsAnyway && leases === undefined)) return without;
	const recordKey = group === undefined ? key : `${group}-${key}`;
	let hasWaited = false;
	let readingSent: Promise<number> | undefined;
	const onWait = (): void => {
		// What another run sends is not what was asked for. Several of them may follow each other while this one waits.
		if (!sendsAnyway) readingSent ??= readSentFence(client, journal, recordKey);
		client.onRetry?.('An earlier run of this delivery has not ended. Waiting for a sign of life from it.');
	};
	const onHeld = (): boolean => {
		if (ifRunning === 'fail') throw runningError(field);
		hasWaited = !sendsAnyway;
		return hasWaited;
	};
	const lease = leases === undefined ? undefined : await waitForLease(client, leases, key, { onWait, onHeld });
	// Two runs could write to the record of one delivery.
	if (lease === undefined && leases !== undefined) return without;
	const opened = await openRecord(journal, recordKey, lease);
	let hasNotes = opened !== undefined && opened.lines.length > 0;
	const record: JournalRecord | undefined = opened && {
		...opened,
		append: async (...args) => {
			hasNotes = true;
			await opened.append(...args);
		},
	};
	const sentBefore = (await readingSent) ?? Infinity;
	if (readingSent !== undefined) {
		const { sent } = await readNotes(record?.lines ?? [], client.clock);
		hasWaited ||= sent !== undefined && sent.fence > sentBefore;
	}
	return {
		key,
		guard: createGuard(lease, client.clock),
		fence: lease?.fence ?? 0,
		record,
		read: async () => (record === undefined ? undefined : await journal?.readAll(group ?? key)),
		hasWaited,
		sentBefore,
		end: async () => {
			await record?.close();
			// Thousands of deliveries may find their files in the same package, and note nothing.
			const forget = group !== undefined && !hasNotes;
			await lease?.release({ forget });
		},
	};
}

/** Which run was the last one to note that it has sent its package, see {@link Delivery.sentBefore}. */
async function readSentFence(client: MasvClient, journal: Journal | undefined, key: string): Promise<number> {
	try {
		const record = await journal?.open(key);
		await record?.close();
		if (record === undefined || record.hasFailed?.() === true) return Infinity;
		return (await readNotes(record.lines, client.clock)).sent?.fence ?? 0;
	} catch {
		return Infinity;
	}
}

/** Waits until none of these deliveries gives a sign of life. */
export async function waitForEnd(
	client: MasvClient,
	leases: Leases | undefined,
	keys: Iterable<string>,
): Promise<void> {
	for (const key of keys) {
		const lease = leases && (await waitForLease(client, leases, key));
		await lease?.release();
	}
	// Two runs that have waited for each other do not go on at the same moment.
	await pause(client.clock, client.clock.random() * askAgainMs, client.signal);
}

function runningError(field: string): MasvInputError {
	const message =
		field === 'ifUploadRunning'
			? 'Another execution is already uploading these files to the same package, or what an earlier one has left of them'
			: 'Another execution is already sending the same files to the same place';
	return new MasvInputError(message, {
		code: 'delivery_running',
		field,
	});
}

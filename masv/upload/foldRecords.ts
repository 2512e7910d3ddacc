import type { MasvClient } from '../client';
import type { JournalRecord } from '../transfer/journal';
import type { Lease } from '../transfer/lease';
import { openRecord } from '../transfer/openRecord';
import type { FinishedFiles } from './finishedFiles';
import type { Notes } from './notes';
import { isUnfinished, placesIn } from './notes';
import type { UploadOptions } from './uploadOptions';

/** In one turn: each takes some milliseconds, in which no other run can decide. */
const maxRecords = 100;

/** The records of all deliveries to a package, as this run has read them. */
export interface GroupRecords {
	/** What the names of the records have in common. */
	group: string;
	/** The delivery of this run. */
	own: string;
	records: ReadonlyMap<string, readonly unknown[]>;
	/** What is in them. */
	notes: Notes;
}

/**
 * Moves what deliveries that ended have finished to the records of finished files, and removes their own: otherwise, each run would read
 * what every earlier one has noted about the package. What one of them has left unfinished stays, and so does what is about a
 * place where another one did: the order of their lines matters there. For a run whose turn it is to decide.
 */
export async function foldRecords(
	client: MasvClient,
	{ journal, leases }: Pick<UploadOptions, 'journal' | 'leases'>,
	finished: FinishedFiles,
	{ group, own, records, notes }: GroupRecords,
): Promise<void> {
	const prefix = `${group}-`;
	const others = [...records.keys()].filter((name) => name.startsWith(prefix) && name !== prefix + own);
	if (journal === undefined || leases === undefined || others.length === 0) return;
	const unsettled = keysUnsettled(notes);
	const settled = others.filter((name) => !unsettled.has(name.slice(prefix.length))).slice(0, maxRecords);
	if (settled.length === 0) return;
	const places = new Map<string, Set<string>>();
	for (const [name, lines] of records) places.set(name, await placesIn(lines, notes, client.clock));
	const taken = new Map<string, { lease: Lease; record: JournalRecord }>();
	const removed = new Set<string>();
	try {
		for (const name of apartFromOthers(settled, places)) {
			const lease = await leases.take(name.slice(prefix.length), { onlyReleased: true });
			if (lease === undefined || lease === 'held') continue;
			const record = await openRecord(journal, name, lease);
			if (record === undefined) await lease.release();
			else taken.set(name, { lease, record });
		}
		// A run of it may have begun and ended since the records were read.
		const unchanged = [...taken].filter(([name, { record }]) => record.lines.length === records.get(name)?.length);
		const folded = apartFromOthers(
			unchanged.map(([name]) => name),
			places,
		);
		const lines = [...folded].map((name) => records.get(name) ?? []);
		const isAdded = await finished.add(lines, new Set([...folded].flatMap((name) => [...(places.get(name) ?? [])])));
		for (const name of isAdded ? folded : []) {
			const { lease, record } = taken.get(name) as { lease: Lease; record: JournalRecord };
			// This process may have been frozen, and a new run of the delivery may have begun.
			if (!(await lease.isHeld())) continue;
			await record.remove();
			if (record.hasFailed?.() !== true) removed.add(name);
		}
	} finally {
		for (const [name, { lease, record }] of taken) {
			await record.close();
			await lease.release({ forget: removed.has(name) });
		}
	}
}

/** Keys of deliveries that have left something to be continued, or about which something is not known. */
function keysUnsettled({ files, adding, claims }: Notes): Set<string> {
	const unfinished = [...files.values()].filter(isUnfinished);
	const open = adding.filter(({ isOpen }) => isOpen);
	return new Set([
		...[...unfinished, ...open].map(({ by }) => by),
		...[...claims.values()].flatMap((keys) => [...keys]),
	]);
}

/** Those that share no place with a record that is not one of them. */
function apartFromOthers(names: readonly string[], places: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
	const apart = new Set(names);
	const namesAt = new Map<string, string[]>();
	for (const name of apart) {
		for (const place of places.get(name) ?? []) namesAt.set(place, [...(namesAt.get(place) ?? []), name]);
	}
	const queue = [...places.keys()].filter((name) => !apart.has(name));
	for (const name of queue) {
		for (const place of places.get(name) ?? []) {
			for (const other of namesAt.get(place) ?? []) if (apart.delete(other)) queue.push(other);
			namesAt.delete(place);
		}
	}
	return apart;
}

import type { MasvClient } from '../client';
import type { Lease, Leases } from '../transfer/lease';
import type { Guard } from '../transfer/guard';
import { createGuard } from '../transfer/guard';
import { placeOf } from '../transfer/places';
import type { FileSource } from '../transfer/source';
import type { Delivery } from './delivery';
import type { FileNote, Notes } from './notes';
import { unfinishedByPlace } from './notes';
import type { Wanted } from './reconcile';

/** What this delivery may continue, of its own and of other deliveries to the same package that ended halfway. */
export interface InheritedNotes {
	/** Checks the lease of this delivery, and those that were taken over. */
	guard: Guard;
	/** By place. */
	latest: Map<string, FileNote>;
	ownIds: Set<string>;
	/** Of those, the ones that were never finished, by place. */
	unfinished: Map<string, string[]>;
	wasAdding: (wanted: Wanted) => boolean;
	release(): Promise<void>;
}

/**
 * Notes about the files of this delivery. Another delivery that noted an unfinished file at one of its places is waited for
 * like an earlier run of this one, and its file is taken over if it gives no sign of life. If it is alive, its file is left
 * alone.
 */
export async function inheritNotes(
	client: MasvClient,
	leases: Leases | undefined,
	notes: Notes,
	{ key, guard }: Pick<Delivery, 'key' | 'guard'>,
	sources: FileSource[],
): Promise<InheritedNotes> {
	const places = new Map(sources.map((source) => [placeOf(source), source]));
	const files = [...notes.files.values()].filter(({ place }) => places.has(place));
	const adding = notes.adding.filter(({ place }) => places.has(place));
	const taken = new Set([key]);
	const others: string[] = [];
	const held: Lease[] = [];
	const release = async (): Promise<void> => {
		for (const lease of held) await lease.release();
	};
	for (const by of new Set(
		[...files.filter(({ done, isRemoved }) => done === undefined && !isRemoved), ...adding].map((note) => note.by),
	)) {
		if (by !== key && by !== '') others.push(by);
	}
	// All at once: each that is silent takes half a minute.
	const takes = others.map(async (by) => {
		const lease = await leases?.take(by, { signal: client.signal });
		if (lease === undefined || lease === 'held') return;
		taken.add(by);
		held.push(lease);
	});
	const failure = (await Promise.allSettled(takes)).find((result) => result.status === 'rejected');
	if (failure !== undefined) {
		await release();
		throw failure.reason;
	}
	const guards = [guard, ...held.map((lease) => createGuard(lease, client.clock))];
	const latest = new Map<string, FileNote>();
	const rank = (file: FileNote): number => (file.by === key ? 2 : 1);
	for (const file of files) {
		const isSameFile = file.done !== undefined && file.location === places.get(file.place)?.location;
		if (file.isRemoved || (!taken.has(file.by) && !isSameFile)) continue;
		const known = latest.get(file.place);
		const isLater =
			known === undefined || rank(file) > rank(known) || (rank(file) === rank(known) && !isStale(file, known));
		if (isLater) latest.set(file.place, file);
	}
	const own = files.filter((file) => taken.has(file.by) || latest.get(file.place) === file);
	const intents = new Set(adding.filter(({ by }) => taken.has(by)).map(intentKey));
	return {
		latest,
		ownIds: new Set(own.map(({ id }) => id)),
		unfinished: unfinishedByPlace(own),
		wasAdding: ({ source, place }) =>
			intents.has(intentKey({ place, bytes: source.bytes, modifiedMs: source.modifiedAt.getTime() })),
		guard: {
			check: async () => {
				for (const each of guards) await each.check();
			},
		},
		release,
	};
}

/** Whether a run that was frozen wrote its note after its successor. */
function isStale(file: FileNote, known: FileNote): boolean {
	return file.by === known.by && file.fence < known.fence;
}

function intentKey({ place, bytes, modifiedMs }: { place: string; bytes: number; modifiedMs: number }): string {
	return JSON.stringify([place, bytes, modifiedMs]);
}

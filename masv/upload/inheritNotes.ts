import type { MasvClient } from '../client';
import type { Lease, Leases } from '../transfer/lease';
import { placeOf } from '../transfer/places';
import type { FileSource } from '../transfer/source';
import type { FileNote, Notes } from './notes';
import type { Wanted } from './reconcile';

/** What this delivery may continue, of its own and of other deliveries to the same package that ended halfway. */
export interface InheritedNotes {
	/** By place. */
	latest: Map<string, FileNote>;
	ownIds: Set<string>;
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
	key: string,
	sources: FileSource[],
): Promise<InheritedNotes> {
	const places = new Map(sources.map((source) => [placeOf(source), source]));
	const files = [...notes.files.values()].filter(({ place }) => places.has(place));
	const adding = notes.adding.filter(({ place }) => places.has(place));
	const taken = new Set([key]);
	const held: Lease[] = [];
	for (const by of new Set([...files.filter(({ done }) => done === undefined), ...adding].map((note) => note.by))) {
		if (by === key || by === '' || leases === undefined) continue;
		const lease = await leases.take(by, { signal: client.signal });
		if (lease === undefined || lease === 'held') continue;
		taken.add(by);
		held.push(lease);
	}
	const latest = new Map<string, FileNote>();
	const rank = (file: FileNote): number => (file.by === key ? 2 : 1);
	for (const file of files) {
		const isSameFile = file.done !== undefined && file.location === places.get(file.place)?.location;
		if (!taken.has(file.by) && !isSameFile) continue;
		const known = latest.get(file.place);
		if (known === undefined || rank(file) >= rank(known)) latest.set(file.place, file);
	}
	const own = files.filter((file) => taken.has(file.by) || latest.get(file.place) === file);
	const intents = new Set(adding.filter(({ by }) => taken.has(by)).map(intentKey));
	return {
		latest,
		ownIds: new Set(own.map(({ id }) => id)),
		wasAdding: ({ source, place }) =>
			intents.has(intentKey({ place, bytes: source.bytes, modifiedMs: source.modifiedAt.getTime() })),
		release: async () => {
			for (const lease of held) await lease.release();
		},
	};
}

function intentKey({ place, bytes, modifiedMs }: { place: string; bytes: number; modifiedMs: number }): string {
	return JSON.stringify([place, bytes, modifiedMs]);
}

import type { Clock } from '../clock';
import { MasvInputError, throwIfCancelled } from '../errors';
import type { Hashing } from '../hashing';
import { createTurns, inTurns, mapInTurns } from '../inTurns';
import { LongMap } from '../longCollections';
import { forEachParallel } from '../workers';
import { foldersIn } from './entryTree';
import { hasContent } from './hasContent';
import type { IfExists } from './ifExists';
import { decide, freePlace } from './ifExists';
import type { ChangedName, LocalPlace } from './localNames';
import { toLocalNames } from './localNames';
import type { NameRules } from './nameRules';
import type { WholeNote } from './notes';
import { markerName } from './packageFolder';
import type { PackageEntry, Selection, SkipReason } from './selectFiles';
import { selectFiles } from './selectFiles';
import type { FoundEntry, TargetFolder } from './target';
import { createTakenNames } from './takenNames';

/** A file to receive. */
export interface ReceiveJob extends LocalPlace<PackageEntry> {
	/** Whether a file that is there may be replaced. */
	replace: boolean;
}

/** A file that is not received. `same`: it is there already. */
export interface SkippedEntry {
	/** In the package. */
	path: string;
	reason: SkipReason | 'same' | 'differs';
	entry: PackageEntry;
	/** Of what is there already. */
	location?: string;
	place?: LocalPlace;
}

export interface ReceivePlan {
	jobs: ReceiveJob[];
	/** Folders to create although nothing may be in them. */
	directories: Array<readonly string[]>;
	skipped: SkippedEntry[];
	/** Also of files that are skipped, so that each run says the same. */
	changed: ChangedName[];
}

export interface PlanOptions extends Selection {
	ifExists: IfExists;
	rules: NameRules;
	hashing: Pick<Hashing, 'sha256' | 'md5'>;
	/** Long lists are planned in turns with other work of the process. */
	clock: Pick<Clock, 'sleep'>;
	/** What earlier runs noted about files that they have received, by ID. */
	known?: ReadonlyMap<string, WholeNote>;
	signal?: AbortSignal;
}

/** Disks on a network take milliseconds to say what is there. */
const looksAtOnce = 16;

/**
 * Decides which files of a package are received, and where to. Nothing is created.
 * @param target the folder of the package
 * @param entries all that MASV lists
 * @throws MasvInputError `file_exists` if something is there that may neither be replaced nor skipped
 */
export async function planReceive(
	target: TargetFolder,
	entries: readonly PackageEntry[],
	containsVirus: boolean,
	options: PlanOptions,
): Promise<ReceivePlan> {
	const { ifExists, rules, hashing, known, signal, clock } = options;
	const names = await toLocalNames(entries, options, [markerName]);
	const selected = await selectFiles(entries, containsVirus, options, clock);
	const placeOf = new LongMap<PackageEntry, LocalPlace<PackageEntry>>();
	await inTurns(names.files, clock, (place) => void placeOf.set(place.entry, place));
	// In the order of the list.
	const places: Array<LocalPlace<PackageEntry>> = [];
	await inTurns(selected.files, clock, (entry) => {
		const place = placeOf.get(entry);
		if (place !== undefined) places.push(place);
	});
	const directories = new Set(selected.directories);
	const taken = createTakenNames(names, rules);
	const plan: ReceivePlan = {
		jobs: [],
		directories: names.directories.filter(({ entry }) => directories.has(entry)).map(({ folders }) => folders),
		skipped: await mapInTurns(selected.skipped, clock, ({ entry, reason }) => ({ path: pathOf(entry), reason, entry })),
		changed: names.changed,
	};
	const found: Array<FoundEntry | undefined> = [];
	// A disk that answers at once would leave no time for other work of the process.
	const turn = createTurns(clock);
	const look = async ([index, place]: [number, LocalPlace]): Promise<void> => {
		await turn();
		throwIfCancelled(signal);
		found[index] = await target.look(place);
	};
	await forEachParallel(places.entries(), looksAtOnce, look, signal);
	await inTurns(places.entries(), clock, async ([index, place]) => {
		throwIfCancelled(signal);
		const { entry } = place;
		const isNoted = async (there: FoundEntry): Promise<boolean> =>
			await hasContent(target, place, there, known?.get(entry.id), { hashing, signal });
		const decision = await decide(ifExists, entry, found[index], isNoted);
		switch (decision.action) {
			case 'receive':
				plan.jobs.push({ ...place, replace: decision.replace });
				break;
			case 'skip':
				plan.skipped.push({
					path: pathOf(entry),
					reason: decision.reason,
					entry,
					location: found[index]?.location,
					place,
				});
				break;
			case 'fail':
				throw existsError(place);
			case 'rename': {
				const free = await freePlace(place, rules, taken.in(place.folders), async (each) => await target.look(each));
				if (free === undefined) throw existsError(place);
				taken.add(free);
				plan.jobs.push({ ...place, ...free, replace: false });
			}
		}
	});
	return plan;
}

/** As in MASV, for people: separated by `/`. */
export function pathOf({ path, name }: Pick<PackageEntry, 'path' | 'name'>): string {
	return [...foldersIn(path), name].filter((part) => part !== '').join('/');
}

function existsError({ folders, name }: LocalPlace): MasvInputError {
	return new MasvInputError(`"${[...folders, name].join('/')}" already exists`, {
		code: 'file_exists',
		field: 'ifExists',
		hint: 'Nothing was received. Move it, or choose another folder or another way to handle existing files.',
	});
}

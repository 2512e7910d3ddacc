import type { Dice } from '../dice';

/**
 * The kind of server. Each habit is a way to keep the documentation's word; what the documentation leaves open is answered in
 * every way that it permits: docs/masv-api.md#contradictions, docs/masv-api.md#what-only-a-real-key-can-show
 */
export interface Habits {
	/** Whether a list of files shows `completed`, which one public client reads. */
	showsCompleted: boolean;
	/** Whether paths in a list begin with a slash, as in MASV's samples. */
	leadingSlash: boolean;
	/** How `last_modified` comes back: as it was sent, in whole seconds, or with another offset, as in MASV's samples. */
	lastModified: 'as sent' | 'whole seconds' | 'other offset';
	/** How letters with accents come back. */
	unicode: 'as sent' | 'NFC' | 'NFD';
	/** Whether lists of files contain folders, and archives that MASV generates. */
	listsFolders: boolean;
	/** Whether the list of the files of a package is longer than a client can take: docs/masv-api.md#limits */
	isListTooLong: boolean;
	/** Lists and states are those of so many milliseconds ago. */
	staleMs: number;
	/** So long after the package was created, its list of files stops changing: a proxy that caches it. Milliseconds. */
	listStopsMs: number;
	/** Whether entries vanish from the list, for less than the minute for which a run waits. */
	entriesVanish: boolean;
	/** How names come back. */
	spelling: 'as sent' | 'upper case' | 'replaced';
	/** Whether `completed` never becomes true, as if it meant more than finalizing. */
	neverCompleted: boolean;
	/** Whether there is `GET /v1.1/teams/{team}/packages/{package}`, which is not documented. */
	hasPackageById: boolean;
	/** Whether there is `DELETE /v1/packages/{package}/files/{file}`, which is not documented. */
	hasFileRemoval: boolean;
	/** `opaque`: not a function of the content, as with encryption by KMS. */
	etags: 'MD5' | 'opaque';
	/** Share of the files that the storage takes minutes to assemble. */
	slowAssembly: number;
	/** The answer while a file is being assembled. */
	inProgress: 'conflict' | 'already';
	/** The answer to finalizing a file a second time. */
	again: 'same' | 'already' | 'conflict' | 'no such upload';
	/** The status where 204 is documented. */
	done: 204 | 200;
	/** What adding a `directory` does. `as files`: it is uploaded like an empty file. `unfinished`: it never gets finished. */
	directories: 'accepted' | 'refused' | 'as files' | 'unfinished';
	/** Whether a package with an unfinished file can be finalized; that file is not delivered. */
	finalizesIncomplete: boolean;
}

/** What MASV's documentation and samples show, and no more. */
const documented = {
	showsCompleted: false,
	leadingSlash: true,
	lastModified: 'other offset',
	hasPackageById: false,
	hasFileRemoval: false,
} as const;

export function chooseHabits(dice: Dice): Habits {
	const odd = dice.fork('odd');
	const habits: Habits = {
		showsCompleted: dice.chance(0.6),
		leadingSlash: dice.chance(0.7),
		lastModified: dice.pick(['as sent', 'as sent', 'whole seconds', 'other offset']),
		unicode: dice.pick(['as sent', 'as sent', 'NFC', 'NFD']),
		listsFolders: dice.chance(0.2),
		isListTooLong: dice.chance(0.04),
		staleMs: dice.chance(0.2) ? dice.int(500, 4_000) : 0,
		listStopsMs: odd.chance(0.03) ? odd.int(0, 3_000) : Infinity,
		entriesVanish: odd.chance(0.03),
		spelling: odd.chance(0.04) ? odd.pick(['upper case', 'replaced'] as const) : 'as sent',
		neverCompleted: odd.chance(0.03),
		hasPackageById: dice.chance(0.8),
		hasFileRemoval: dice.chance(0.85),
		etags: dice.chance(0.2) ? 'opaque' : 'MD5',
		slowAssembly: dice.chance(0.25) ? dice.between(0.2, 1) : 0,
		inProgress: dice.pick(['conflict', 'already']),
		again: dice.pick(['same', 'already', 'conflict', 'no such upload']),
		done: dice.chance(0.1) ? 200 : 204,
		finalizesIncomplete: dice.chance(0.3),
		directories: dice.fork('directories').pick(['accepted', 'refused', 'as files', 'unfinished']),
	};
	return dice.chance(0.15) ? { ...habits, ...documented } : habits;
}

export function describeHabits(habits: Habits): string {
	return Object.entries(habits)
		.map(([name, value]) => `${name}=${value}`)
		.join(', ');
}

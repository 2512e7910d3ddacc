/** Who made a request. Only for the judge: the server does not know. */
export interface Actor {
	/** Name of the worker; `somebody` for people and programs that are not ours. */
	name: string;
	delivery: string | undefined;
	run: string | undefined;
}

export const somebody: Actor = { name: 'somebody', delivery: undefined, run: undefined };

/** A file in a package. Times are those of the history, in milliseconds. */
export interface Entry {
	id: string;
	packageId: string;
	name: string;
	/** Folder, as it was sent. */
	path: string;
	size: number;
	lastModified: string;
	by: Actor;
	createdAt: number;
	completedAt?: number;
	/** Who asked for it to be finalized. */
	finalizedBy?: Actor;
	removedAt?: number;
	removedBy?: Actor;
	/** It came of a request that its worker had given up before. */
	isLate: boolean;
	/** The storage is putting the parts together. */
	isAssembling?: boolean;
	/** While it is not listed. */
	hidden?: { from: number; until: number };
	/** The list had stopped before it was added. */
	isNeverListed?: boolean;
	/** When a run was told that the file is complete. */
	confirmedAt?: number;
	/** Of a complete file. */
	content?: Uint8Array;
}

export interface Part {
	etag: string;
	content: Uint8Array;
}

/** A multipart upload of the storage. */
export interface Multipart {
	id: string;
	entry: Entry;
	parts: Map<number, Part>;
	isOpen: boolean;
	/** The storage has dropped it, as it does with uploads that nobody completes. */
	isExpired?: boolean;
	/** Assembling it was refused, because a part was not the one that was named. */
	isSpoiled?: boolean;
	/** ETags of parts in whose place something else was stored. */
	replaced: Set<string>;
}

export interface Package {
	id: string;
	name: string;
	by: Actor;
	/** `foreign`: in the portal of another team, which our key cannot see. */
	target: 'team' | 'foreign';
	createdAt: number;
	finalizedAt?: number;
	/** The run that finalized it. */
	finalizedBy?: Actor;
	deletedAt?: number;
	deletedBy?: Actor;
	entries: Entry[];
	/** Those that were added as such. */
	directories: Entry[];
	/** The moment that the last list was of, by run. */
	seenBy: Map<string | undefined, number>;
	tokens: Set<string>;
}

export function stateOf({ createdAt, finalizedAt, deletedAt }: Package, atMs: number): string | undefined {
	if (createdAt > atMs) return undefined;
	if (deletedAt !== undefined && deletedAt <= atMs) return 'expired';
	return finalizedAt !== undefined && finalizedAt <= atMs ? 'finalized' : 'new';
}

/** Path and name, comparable whatever form the accents have. */
export function placeOf({ name, path }: { name: string; path: string }): string {
	return (path === '' ? name : `${path}/${name}`).normalize('NFC');
}

export interface Answer {
	status: number;
	json?: unknown;
	/** XML of the storage. */
	text?: string;
	headers?: Record<string, string>;
	/** The answer is longer than the client takes. */
	isTooLong?: boolean;
	/** How long the server takes. */
	tookMs?: number;
}

export function refusal(status: number, message: string): Answer {
	return { status, json: { message, errors: [{ code: 'refused', msg: message, type: 'state' }] } };
}

export function storageRefusal(status: number, code: string): Answer {
	return { status, text: `<Error><Code>${code}</Code><Message>${code}</Message></Error>` };
}

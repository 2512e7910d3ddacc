import { Dice } from './dice';
import { epochMs } from './simClock';

/** What a file was between two changes. */
export interface Version {
	content: Uint8Array;
	modifiedMs: number;
	changedMs: number;
	device: number;
	inode: number;
	/** Since the start of the history; milliseconds. */
	from: number;
	/** Infinity for the current version. */
	until: number;
	/** Of what is seen through a link. */
	location?: string;
}

/** A link, which leads to one of several files, or to one of several folders with files of the same names. */
export interface Link {
	/** Position. */
	at: number;
	isMovable: boolean;
	/** What is seen through it. */
	views: DiskFile[];
}

/** A file on the disk that the workers share. */
export interface DiskFile {
	location: string;
	versions: Version[];
	/** What is seen through a link: one file for each of its positions. */
	through?: { link: Link; targets: readonly DiskFile[] };
}

/** How a file changes. All but `touched` and `remounted` give it another content. */
export type Change =
	/** Written to. */
	| 'edited'
	/** Other content of the same length with the old modification time, as by `rsync --inplace --times`. */
	| 'rewritten'
	/** Another file of the same length and modification time in its place, as by `cp -p` and a rename. */
	| 'replaced'
	/** Another modification time, the same content. */
	| 'touched'
	/** Another device and inode, the same content and times: a remounted share, a new container. */
	| 'remounted';

const contents = new Map<string, Uint8Array>();

/** Bytes that no other file or version contains. Histories share them. */
function contentOf(length: number, seed: number): Uint8Array {
	const key = `${length} ${seed}`;
	const known = contents.get(key);
	if (known !== undefined) return known;
	const dice = new Dice(seed);
	const content = Uint8Array.from({ length }, () => dice.int(0, 255));
	contents.set(key, content);
	return content;
}

export class Disk {
	readonly files: DiskFile[] = [];
	#made = 0;
	readonly #now: () => number;

	constructor(now: () => number) {
		this.#now = now;
	}

	create(location: string, bytes: number): DiskFile {
		const seed = ++this.#made;
		const modifiedMs = epochMs - 86_400_000 + seed * 1_000 + 123;
		const first = { modifiedMs, changedMs: modifiedMs, device: 1, inode: seed, from: -1, until: Infinity };
		const file: DiskFile = { location, versions: [{ ...first, content: contentOf(bytes, seed) }] };
		this.files.push(file);
		return file;
	}

	/** Another file with the same content and modification time, as by `cp -p`. */
	copy(from: DiskFile, location: string): DiskFile {
		const { content, modifiedMs } = currentOf(from);
		const seed = ++this.#made;
		const version = { content, modifiedMs, changedMs: modifiedMs + seed, device: 1, inode: seed };
		const file: DiskFile = { location, versions: [{ ...version, from: -1, until: Infinity }] };
		this.files.push(file);
		return file;
	}

	/** Another file, or a copy. */
	createLike(dice: Dice, file: DiskFile, location: string): DiskFile {
		const { length } = currentOf(file).content;
		return dice.chance(0.3) ? this.copy(file, location) : this.create(location, dice.pick([length, length, 12_345]));
	}

	/** What is seen through a link. */
	view(link: Link, targets: readonly DiskFile[]): DiskFile {
		const [first] = targets;
		if (first === undefined) throw new Error('A link leads to something');
		const { location } = first;
		const view = { location, versions: [{ ...currentOf(first), location }], through: { link, targets } };
		link.views.push(view);
		return view;
	}

	/** Lets a link lead to the next of its files, or to the next folder. */
	retarget(link: Link): void {
		link.at = 1 - link.at;
		for (const view of link.views) this.#look(view);
	}

	/** What is seen through the link now. */
	#look(view: DiskFile): void {
		const now = this.#now();
		const target = targetOf(view);
		const { location } = target;
		currentOf(view).until = now;
		view.location = location;
		view.versions.push({ ...currentOf(target), location, from: now, until: Infinity });
	}

	/** @param dice choose the length of an edited file, and how much of a rewritten one is new */
	change(file: DiskFile, change: Change, dice: Dice): void {
		if (file.through !== undefined) {
			this.change(targetOf(file), change, dice);
			return this.#look(file);
		}
		const before = currentOf(file);
		const now = this.#now();
		const seed = ++this.#made;
		const nowMs = Math.round(epochMs + now);
		before.until = now;
		const after: Version = { ...before, changedMs: nowMs, from: now, until: Infinity };
		if (change === 'edited' || change === 'touched') after.modifiedMs = nowMs;
		if (change === 'replaced' || change === 'remounted') after.inode = 1_000 + seed;
		if (change === 'remounted') {
			after.device = 1_000 + seed;
			after.changedMs = before.changedMs;
		}
		const length = before.content.length;
		if (change === 'edited') after.content = contentOf(dice.pick([length, length + 70, 40_000]), seed);
		if (change === 'rewritten' || change === 'replaced') {
			after.content = contentOf(length, seed);
			// Only the end is new, so that most parts stay what they were.
			if (dice.chance(0.3))
				after.content = Buffer.concat([before.content.subarray(0, -10), after.content.subarray(-10)]);
		}
		file.versions.push(after);
	}
}

/** The file itself. */
export function targetOf(file: DiskFile): DiskFile {
	return file.through?.targets[file.through.link.at] ?? file;
}

export function currentOf({ versions }: DiskFile): Version {
	return versions.at(-1) as Version;
}

/** The contents that the file had at some moment between two times. */
export function contentsBetween({ versions }: DiskFile, from: number, until: number): Uint8Array[] {
	return versions.filter((version) => version.from <= until && version.until >= from).map(({ content }) => content);
}

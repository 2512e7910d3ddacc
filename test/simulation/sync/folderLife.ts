import type { Dice } from '../dice';
import { partBytes } from '../server/packageRoutes';
import type { Timeline } from '../timeline';
import type { SyncFolder, SyncInode } from './syncFolder';
import { root } from './syncFolder';

const sizes = [0, 100, 5_000, partBytes, 40_000, 70_000];
const places = [
	'a.mov',
	'b.txt',
	'café.wav',
	'day 1/c.mov',
	'day 1/d.xml',
	'day 2/e.mxf',
	'day 2/cam é/f.mov',
	'g.mov',
];
const hour = 3_600_000;

/** What people and programs do in a folder that is sent. */
export class FolderLife {
	/** Modification times of files that have lost their identity since, so that a move is not recognized. */
	readonly unrecognizable = new Set<string>();
	/** How many times a version was moved to a place. */
	readonly moves = new Map<string, number>();
	/** By the modification time of a file that was touched, the one that it had before, with the same content. */
	readonly #touched = new Map<string, string>();
	readonly #folder: SyncFolder;
	readonly #timeline: Timeline;
	readonly #dice: Dice;

	/** When nothing changes any more. */
	endsAt = 0;

	constructor(folder: SyncFolder, timeline: Timeline, dice: Dice) {
		this.#folder = folder;
		this.#timeline = timeline;
		this.#dice = dice;
	}

	begin(): void {
		const count = this.#dice.int(0, 5);
		for (const place of this.#mixed(places).slice(0, count)) this.#put(`${root}${place}`, hour);
	}

	change(): void {
		const dice = this.#dice;
		const kind = dice.pick([
			...(['add', 'add', 'add', 'edit', 'edit', 'grow', 'rewrite', 'replace', 'save', 'touch'] as const),
			...(['rename', 'rename', 'rename', 'rename over', 'swap', 'rotate', 'remove', 'remount'] as const),
		]);
		const { files } = this.#folder;
		const [location, other] = this.#mixed([...files.keys()]);
		const inode = files.get(location ?? '');
		if (kind === 'add' || location === undefined || inode === undefined) {
			const free = places.filter((place) => !files.has(`${root}${place}`));
			if (free.length > 0) this.#put(`${root}${dice.pick(free)}`, dice.pick([0, 5_000, hour, 90 * hour, -hour]));
			return;
		}
		const now = this.#folder.nowMs;
		// Nobody can tell one empty file from another.
		const isEmpty = inode.content.length === 0;
		switch (isEmpty && (kind === 'rewrite' || kind === 'replace') ? 'edit' : kind) {
			case 'edit':
				return this.#write(location, this.#folder.newContent(dice.pick(sizes)));
			case 'grow':
				return this.#grow(location, dice.int(1, 6), dice.pick([500, 20_000]));
			case 'rewrite':
				return this.#set(
					location,
					{ ...inode, content: this.#folder.newContent(inode.content.length), changedMs: now },
					kind,
				);
			case 'replace': {
				const copy = this.#folder.create(inode.content.length, 0);
				this.unrecognizable.add(String(inode.modified));
				return this.#set(location, { ...copy, modified: inode.modified }, kind, true);
			}
			case 'save':
				return this.#set(location, this.#folder.create(dice.pick(sizes), dice.pick([0, hour])), kind, true);
			case 'touch':
				return this.#touch(location, inode, false);
			case 'rename': {
				const free = places.filter((place) => !files.has(`${root}${place}`));
				return free.length === 0 ? undefined : this.#rename([[location, `${root}${dice.pick(free)}`]]);
			}
			case 'rename over':
				return other === undefined ? undefined : this.#rename([[location, other]]);
			case 'swap':
				return other === undefined
					? undefined
					: this.#rename([
							[location, other],
							[other, location],
						]);
			case 'rotate': {
				if (other !== undefined) this.#rename([[location, other]]);
				else this.#rename([[location, `${root}old.mov`]]);
				return this.#put(location, 0);
			}
			case 'remove':
				this.#note(`"${location}" is removed`);
				return this.#folder.place(location, undefined);
			case 'remount':
				return this.#remount();
		}
	}

	/** Somebody touches a file, or restores it from a backup: another file with the same content. */
	touch(dice: Dice): void {
		const location = dice.pick([...this.#folder.files.keys()]);
		const inode = this.#folder.files.get(location);
		if (inode !== undefined) this.#touch(location, inode, dice.chance(0.5));
	}

	/** The modification time of the first file of which this one is a copy that was only touched. */
	originOf(modified: string): string {
		const before = this.#touched.get(modified);
		return before === undefined ? modified : this.originOf(before);
	}

	/** Whether it was moved, also after it was touched. */
	hasMoved(origin: string): boolean {
		return [...this.moves.keys()].some((modified) => this.originOf(modified) === origin);
	}

	#touch(location: string, inode: SyncInode, isRestored: boolean): void {
		const modified = this.#folder.newTime(0);
		this.#touched.set(String(modified), String(inode.modified));
		const copy = { ...inode, modified, changedMs: this.#folder.nowMs };
		if (isRestored) this.#set(location, { ...copy, number: this.#folder.newNumber() }, 'restore', true);
		else this.#set(location, copy, 'touch');
	}

	#put(location: string, ageMs: number): void {
		const inode = this.#folder.create(this.#dice.pick(sizes), ageMs);
		this.#note(`adds "${location}", ${inode.content.length} bytes, ${ageMs / 1000} s old, inode ${inode.number}`);
		this.#folder.place(location, inode);
	}

	/** The file stays the same one, unless `isOther`. */
	#set(location: string, after: SyncInode, how: string, isOther = false): void {
		this.#note(`"${location}": ${how}, ${after.content.length} bytes`);
		const inode = this.#folder.files.get(location);
		if (isOther || inode === undefined) return this.#folder.place(location, after);
		Object.assign(inode, after);
		this.#folder.place(location, inode);
	}

	#write(location: string, content: Uint8Array): void {
		const inode = this.#folder.files.get(location);
		if (inode === undefined) return;
		const modified = this.#folder.newTime(0);
		this.#set(location, { ...inode, content, modified, changedMs: this.#folder.nowMs }, 'is written');
	}

	#grow(location: string, times: number, everyMs: number): void {
		const inode = this.#folder.files.get(location);
		if (inode === undefined || times === 0 || this.#timeline.nowMs > this.endsAt) return;
		const content = Buffer.concat([inode.content, this.#folder.newContent(3_000)]);
		this.#write(location, new Uint8Array(content));
		this.#timeline.after(this.#dice.between(0, everyMs), () => this.#grow(location, times - 1, everyMs));
	}

	/** All at once. Such a file keeps its identity, and its time of change becomes the present. */
	#rename(pairs: Array<[from: string, to: string]>): void {
		const { files } = this.#folder;
		const moved = pairs.map(([from, to]) => ({ from, to, inode: files.get(from) }));
		for (const { from } of moved) this.#folder.place(from, undefined);
		for (const { from, to, inode } of moved) {
			if (inode === undefined) continue;
			this.#note(`renames "${from}" to "${to}"`);
			inode.changedMs = this.#folder.nowMs;
			const version = String(inode.modified);
			this.moves.set(version, (this.moves.get(version) ?? 0) + 1);
			this.#folder.place(to, inode);
		}
	}

	/** A share that is mounted again has other numbers. */
	#remount(): void {
		this.#note('the disk is mounted again');
		for (const inode of this.#folder.files.values()) {
			inode.device += 1_000;
			this.unrecognizable.add(String(inode.modified));
		}
	}

	#mixed<T>(items: readonly T[]): T[] {
		return items
			.map((item) => ({ item, at: this.#dice.share() }))
			.sort((a, b) => a.at - b.at)
			.map(({ item }) => item);
	}

	#note(what: string): void {
		this.#timeline.note('somebody', what);
	}
}

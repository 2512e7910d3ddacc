import { epochMs } from '../simClock';
import { systemError } from '../simJournal';
import type { Timeline } from '../timeline';
import type { Worker } from '../worker';
import type { Inode } from './inode';
import { pathOf, resized, writeInto } from './inode';

/** A name in a folder, and what has it. */
export interface Place {
	folder: Inode;
	name: string;
	inode: Inode | undefined;
}

/** Something a worker has changed in a folder. A disk with a journal loses the last changes, or none. */
interface Change {
	by: Worker;
	folder: Inode;
	at: number;
	undo: () => void;
}

/** What is to be known of an effect. `inode`: what was written, or got or lost the name. `replaced`: what had the name before. */
export interface Effect {
	what: 'write' | 'truncate' | 'create' | 'link' | 'rename' | 'remove' | 'makeFolder';
	inode: Inode;
	place: Place | undefined;
	replaced: Inode | undefined;
	/** What was written. */
	span?: { start: number; end: number };
}

/** A disk writes down what it was told after so long by itself. Milliseconds. */
const writeBackMs = 5_000;

/** A disk that workers share, in memory: what of it outlives a power failure is what a journaling file system promises. */
export class FileSystem {
	readonly root: Inode;
	onEffect: (by: Worker, effect: Effect) => void = () => undefined;
	/** When the call was made that takes effect now. Its worker may have been frozen in between. */
	calledAt = 0;
	readonly #timeline: Timeline;
	readonly #freeNumbers: number[] = [];
	#changes: Change[] = [];
	#made = 0;

	constructor(timeline: Timeline) {
		this.#timeline = timeline;
		this.root = this.#newInode('folder', 'somebody');
	}

	#newInode(kind: Inode['kind'], by: string): Inode {
		const made = ++this.#made;
		const nothing = new Uint8Array(0);
		return {
			kind,
			number: this.#freeNumbers.pop() ?? made,
			bornNs: BigInt(Math.round(epochMs + this.#timeline.nowMs)) * 1_000_000n + BigInt(made),
			...{ content: nothing, safe: nothing, unsafe: [], entries: new Map<string, Inode>() },
			...{
				modifiedMs: epochMs + this.#timeline.nowMs,
				parent: undefined,
				name: '',
				target: '',
				names: 0,
				opened: 0,
				by,
				isSpoiled: false,
			},
		};
	}

	/** Follows links, but not at the end of the path. @param from where a relative path begins */
	locate(path: string, from = this.root): Place {
		let folder = from;
		let place: Place = { folder: folder.parent ?? folder, name: folder.name, inode: folder };
		for (const name of path.split('/').filter((each) => each !== '' && each !== '.')) {
			if (place.inode === undefined) throw systemError('ENOENT');
			if (place.inode.kind === 'link') place = this.locate(place.inode.target);
			if (place.inode?.kind !== 'folder') throw systemError(place.inode === undefined ? 'ENOENT' : 'ENOTDIR');
			folder = place.inode;
			place = { folder, name, inode: name === '..' ? (folder.parent ?? folder) : folder.entries.get(name) };
		}
		return place;
	}

	find(path: string): Inode | undefined {
		try {
			return this.locate(path).inode;
		} catch {
			return undefined;
		}
	}

	/** @param by undefined: somebody */
	create(place: Place, kind: Inode['kind'], by?: Worker): Inode {
		if (place.inode !== undefined) throw systemError('EEXIST');
		const inode = this.#newInode(kind, by?.name ?? 'somebody');
		if (kind === 'folder') Object.assign(inode, { parent: place.folder, name: place.name });
		this.#enter(place, inode, by);
		if (by !== undefined)
			this.onEffect(by, { what: kind === 'folder' ? 'makeFolder' : 'create', inode, place, replaced: undefined });
		return inode;
	}

	/** A file of somebody. */
	put(path: string, content: Uint8Array): Inode {
		const inode = this.create(this.locate(path), 'file');
		Object.assign(inode, { content, safe: content });
		return inode;
	}

	link(from: Place, to: Place, by: Worker): void {
		if (from.inode === undefined) throw systemError('ENOENT');
		if (to.inode !== undefined) throw systemError('EEXIST');
		this.#enter(to, from.inode, by);
		this.onEffect(by, { what: 'link', inode: from.inode, place: to, replaced: undefined });
	}

	/** @param by undefined: somebody */
	rename(from: Place, to: Place, by?: Worker): void {
		const { inode } = from;
		if (inode === undefined) throw systemError('ENOENT');
		if (to.inode?.kind === 'folder') throw systemError('EISDIR');
		if (to.inode === inode) return;
		const replaced = to.inode;
		if (replaced !== undefined) this.#leave(to, replaced, by);
		this.#enter({ ...to, inode: undefined }, inode, by);
		this.#leave(from, inode, by);
		if (inode.kind === 'folder') Object.assign(inode, { parent: to.folder, name: to.name });
		if (by !== undefined) this.onEffect(by, { what: 'rename', inode, place: to, replaced });
	}

	remove(place: Place, by?: Worker): void {
		const { inode } = place;
		if (inode === undefined) throw systemError('ENOENT');
		if (inode.kind === 'folder') throw systemError('EISDIR');
		this.#leave(place, inode, by);
		if (by !== undefined) this.onEffect(by, { what: 'remove', inode, place, replaced: undefined });
	}

	write(inode: Inode, piece: Uint8Array, position: number, by: Worker): void {
		writeInto(inode, piece, position);
		inode.unsafe.push({ by, position, bytes: piece.length });
		inode.modifiedMs = epochMs + this.#timeline.nowMs;
		const span = { start: position, end: position + piece.length };
		this.onEffect(by, { what: 'write', inode, place: undefined, replaced: undefined, span });
	}

	truncate(inode: Inode, bytes: number, by: Worker): void {
		inode.content = resized(inode.content, bytes);
		this.onEffect(by, { what: 'truncate', inode, place: undefined, replaced: undefined });
	}

	/** What was written to the file so far, and what was changed in folders before, outlives a power failure. So does what anybody
	 * has changed in the folder. */
	sync(inode: Inode, by: Worker): void {
		inode.safe = inode.content.slice();
		inode.unsafe = [];
		const isIn = (change: Change): boolean => inode.kind === 'folder' && change.folder === inode;
		this.#changes = this.#changes.filter((change) => change.by !== by && !isIn(change));
	}

	/** Gives the number of a deleted file free once nobody has it open. */
	release(inode: Inode): void {
		if (inode.names === 0 && inode.opened === 0 && inode.kind === 'file') this.#freeNumbers.push(inode.number);
	}

	/** Loses some of what the worker has done and the disk has not yet written. */
	losePower(by: Worker): void {
		const recent = this.#changes.filter((each) => each.by === by && each.at + writeBackMs > this.#timeline.nowMs);
		const lost = recent.slice(by.dice.int(0, recent.length));
		for (const { undo } of lost.toReversed()) undo();
		this.#changes = this.#changes.filter((each) => each.by !== by);
		if (lost.length > 0) by.note(`disk: ${lost.length} change(s) of folders are lost`);
		for (const inode of this.#files(this.root)) loseWrites(inode, by);
	}

	/** All files below a folder, also those in other folders that are reached by no link. */
	*#files(folder: Inode): Generator<Inode> {
		for (const inode of folder.entries.values()) {
			if (inode.kind === 'folder') yield* this.#files(inode);
			else if (inode.kind === 'file') yield inode;
		}
	}

	#enter({ folder, name }: Place, inode: Inode, by: Worker | undefined): void {
		folder.entries.set(name, inode);
		inode.names++;
		this.#keep(by, folder, () => {
			if (folder.entries.get(name) !== inode || inode.entries.size > 0) return;
			folder.entries.delete(name);
			inode.names--;
		});
	}

	#leave({ folder, name }: Place, inode: Inode, by: Worker | undefined): void {
		folder.entries.delete(name);
		inode.names--;
		const wasLast = inode.names === 0;
		this.#keep(by, folder, () => {
			if (folder.entries.has(name)) return;
			folder.entries.set(name, inode);
			inode.names++;
		});
		if (wasLast && by === undefined) this.release(inode);
	}

	#keep(by: Worker | undefined, folder: Inode, undo: () => void): void {
		if (by !== undefined) this.#changes.push({ by, folder, at: this.#timeline.nowMs, undo });
		// A disk writes down changes in their order, and what people have done stays.
		else this.#changes = [];
	}
}

function loseWrites(inode: Inode, by: Worker): void {
	const own = inode.unsafe.filter((each) => each.by === by);
	const lost = own.filter(() => by.dice.chance(0.5));
	if (lost.length > 0)
		by.note(`disk: ${lost.length} write(s) to "${inode.name || pathOf(inode)}${inode.number}" are lost`);
	for (const { position, bytes } of lost) {
		const before = resized(inode.safe.subarray(position, position + bytes), bytes);
		inode.content.set(before.subarray(0, Math.max(0, inode.content.length - position)), position);
	}
	const isAllLost = lost.length === inode.unsafe.length;
	if (isAllLost && lost.length > 0 && by.dice.chance(0.5)) inode.content = resized(inode.content, inode.safe.length);
	inode.unsafe = inode.unsafe.filter((each) => each.by !== by);
	if (inode.unsafe.length === 0) inode.safe = inode.content.slice();
}

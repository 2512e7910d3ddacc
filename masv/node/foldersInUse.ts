import type { BelowOptions, OpenFolder } from './openFolder';
import { openBelow } from './openFolder';
import type { WriteCalls } from './writeCalls';

/** Chooses the calls for the files in a folder. */
export type CallsIn = (folder: OpenFolder) => Promise<WriteCalls>;

/** A folder that files are received into, and the calls for them. */
export interface FolderInUse {
	folder: OpenFolder;
	calls: WriteCalls;
	/** To be called once. */
	close(): void;
}

interface Shared {
	folder: OpenFolder;
	calls: WriteCalls;
	/** The locations that were asked about when it was opened. */
	checked: string[];
	users: number;
}

/**
 * The folders below another one that are open at the moment. Files that are received at the same time share them: with thousands of
 * small files, to open the folder of each would take as long as to write it.
 */
export class FoldersInUse {
	readonly #root: OpenFolder;
	readonly #callsIn: CallsIn;
	/** By the names that lead to them. */
	readonly #shared = new Map<string, Shared>();

	constructor(root: OpenFolder, callsIn: CallsIn) {
		this.#root = root;
		this.#callsIn = callsIn;
	}

	/** As `openBelow`, whose checks hold for a folder that is shared as well: it is still at its path. */
	async open(names: readonly string[], options: BelowOptions, calls: WriteCalls): Promise<FolderInUse> {
		const key = names.join('/');
		const shared = this.#shared.get(key);
		if (shared !== undefined) {
			shared.checked.forEach(options.checkAllowed);
			if (shared.folder.isInPlace()) return this.#use(key, shared);
		}
		const checked: string[] = [];
		const checkAllowed = (location: string): void => {
			options.checkAllowed(location);
			checked.push(location);
		};
		const folder = await openBelow(this.#root, names, { ...options, checkAllowed }, calls);
		try {
			const opened = { folder, calls: await this.#callsIn(folder), checked, users: 0 };
			// Elsewhere, a server may have forgotten what is open, and whoever opens the folder anew can go on.
			if (opened.calls.isLocal === true) this.#shared.set(key, opened);
			return this.#use(key, opened);
		} catch (error) {
			folder.close();
			throw error;
		}
	}

	#use(key: string, shared: Shared): FolderInUse {
		const { folder, calls } = shared;
		shared.users++;
		return { folder, calls, close: () => this.#giveBack(key, shared) };
	}

	#giveBack(key: string, shared: Shared): void {
		if (--shared.users > 0) return;
		// One that was moved has a successor.
		if (this.#shared.get(key) === shared) this.#shared.delete(key);
		shared.folder.close();
	}
}

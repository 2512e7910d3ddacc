import { basename, join } from 'node:path';
import type { IExecuteFunctions } from 'n8n-workflow';
import { MasvInputError, throwIfCancelled } from '../../../masv/errors';
import type { Disk, DiskEntry, DiskFile, DiskKind } from '../../../masv/transfer/disk';
import { platform } from '../platform';
import { checkAllowed, isInside } from './fileAccess';
import type { LeaveOut, LeftOut } from './leaveOut';
import { systemFilesIn } from './leaveOut';
import {
	checkName,
	circularError,
	deadLinkError,
	encodingError,
	pathField,
	toPathError,
	UnreadableError,
	unsupportedError,
} from './pathError';
import type { Branch } from './walk';
import { walk } from './walk';

/** Something that was found, and where it goes. */
interface Place<F extends object> {
	/** As the user specified it, for messages. */
	shown: string;
	location: string;
	name: string;
	/** Folder in the package. */
	folder: string;
	/** Undefined for the path that the user specified. */
	parent: Folder<F> | undefined;
}

export interface Folder<F extends object> extends Place<F> {
	modifiedAt: Date;
	/** In the order of their names, whenever they are read. Undefined: left out. */
	children: Array<F | Folder<F> | undefined>;
}

type Fill<F extends object> = (found: F | Folder<F>) => void;

/**
 * What is kept of a file that was found. With 100,000 files, it is what takes the memory.
 * @param place in the package, and how the user specified the file
 */
export type KeepFile<F extends object> = (
	file: DiskFile,
	place: { name: string; path: string; describedAs: string },
) => F;

/** Finds what is at a path, see `listTree`. */
export class TreeReader<F extends object> {
	readonly leftOut: LeftOut[] = [];
	readonly #n8n: IExecuteFunctions;
	readonly #leaveOut: ReadonlySet<LeaveOut>;
	readonly #keep: KeepFile<F>;
	readonly #disk: Disk;
	readonly #signal: AbortSignal | undefined;
	/** Locations of the folders that are included. */
	readonly #included = new Set<string>();
	/** Links to folders, to be followed after all real folders. */
	#links: Array<{ target: Place<F>; fill: Fill<F> }> = [];

	constructor(n8n: IExecuteFunctions, leaveOut: ReadonlySet<LeaveOut>, keep: KeepFile<F>, disk: Disk) {
		this.#n8n = n8n;
		this.#leaveOut = leaveOut;
		this.#keep = keep;
		this.#disk = disk;
		this.#signal = n8n.getExecutionCancelSignal();
	}

	/** @param candidates the first that exists counts */
	async readTop(candidates: readonly string[], folder: string): Promise<F | Folder<F> | undefined> {
		let found: F | Folder<F> | undefined;
		for (const shown of candidates) {
			const isLast = shown === candidates.at(-1);
			let location: string | undefined;
			try {
				location = await this.#resolve(shown, shown);
				const kind = await this.#disk.look(location);
				const place = { shown, location, name: topName(shown, location), folder, parent: undefined };
				const branch = await this.#find(place, kind, (top) => (found = top));
				if (branch !== undefined) await walk(branch);
				break;
			} catch (error) {
				const isMissing = (error as { code?: unknown } | null)?.code === 'ENOENT';
				// n8n does not resolve a path whose folder is missing. What exists outside of the allowed folders is not told.
				if (isLast && isMissing && location === undefined) checkAllowed(this.#n8n, shown, shown);
				if (isLast || !isMissing) throw toPathError(shown, error);
			}
		}
		await this.#followLinks();
		return found;
	}

	/** An entry of a folder. */
	async #read(
		place: Place<F>,
		{ kind, isExact }: Pick<DiskEntry, 'kind' | 'isExact'>,
		fill: Fill<F>,
	): Promise<Branch | undefined> {
		throwIfCancelled(this.#signal);
		try {
			if (!isExact) throw encodingError(place.shown);
			return await this.#find(place, kind, fill);
		} catch (thrown) {
			const error = toPathError(place.shown, thrown);
			if (!(error instanceof UnreadableError)) throw error;
			if (!this.#leaveOut.has('unreadable')) {
				error.addHint('To send the rest of the folder, add the option Leave Out and select Unreadable Files.');
				throw error;
			}
			this.leftOut.push({ path: place.shown, reason: error.reason });
			return undefined;
		}
	}

	async #find(place: Place<F>, kind: DiskKind, fill: Fill<F>): Promise<Branch | undefined> {
		if (kind === 'link') return await this.#followLink(place, fill);
		checkAllowed(this.#n8n, place.location, place.shown);
		if (kind === 'other') throw unsupportedError(place.shown);
		checkName(place.shown, place.name);
		if (kind === 'folder') return await this.#readFolder(place, fill);
		fill(await this.#readFile(place));
		return undefined;
	}

	/**
	 * Parents before the folders in them, so that these are included where they are in their parents. Of several links to one
	 * folder, the first by its path: which was found first depends on the disk, and another place would be another delivery.
	 */
	async #followLinks(): Promise<void> {
		while (this.#links.length > 0) {
			const links = this.#links.sort(
				(a, b) => compare(a.target.location, b.target.location) || compare(a.target.shown, b.target.shown),
			);
			this.#links = [];
			for (const { target, fill } of links) {
				const branch = await this.#read(target, { kind: 'folder', isExact: true }, fill);
				if (branch !== undefined) await walk(branch);
			}
		}
	}

	async #followLink(place: Place<F>, fill: Fill<F>): Promise<Branch | undefined> {
		const location = await this.#resolve(place.location, place.shown);
		const kind = await this.#disk.look(location);
		// n8n does not resolve a link that leads nowhere.
		if (kind === 'link') throw deadLinkError(place.shown);
		const target = { ...place, location };
		if (kind !== 'folder') return await this.#find(target, kind, fill);
		for (let { parent } = place; parent !== undefined; parent = parent.parent) {
			if (isInside(parent.location, location)) throw circularError(place.shown);
		}
		this.#links.push({ target, fill });
		return undefined;
	}

	/** The path without links, which workflows may read. n8n's own call has no time limit. */
	async #resolve(path: string, shown: string): Promise<string> {
		const resolving = this.#n8n.helpers.resolvePath(path);
		const location = await this.#disk.within(resolving).catch((error: unknown) => {
			throw (error as { code?: unknown } | null)?.code === 'ELOOP' ? deadLinkError(shown, error) : error;
		});
		checkAllowed(this.#n8n, location, shown);
		return location;
	}

	async #readFile({ shown, location: checked, name, folder }: Place<F>): Promise<F> {
		const file = await this.#disk.inspect(checked);
		const { location } = file;
		if (location !== checked) checkAllowed(this.#n8n, location, shown);
		// The same text is kept once.
		const describedAs = shown === location ? location : shown;
		return this.#keep(file, { name, path: folder, describedAs });
	}

	async #readFolder(place: Place<F>, fill: Fill<F>): Promise<Branch | undefined> {
		const { shown, location } = place;
		if (this.#included.has(location)) {
			this.leftOut.push({ path: shown, reason: 'the package already contains the same folder' });
			return undefined;
		}
		this.#included.add(location);
		const { modifiedAt, entries } = await this.#disk.list(location);
		const found: Folder<F> = { ...place, modifiedAt, children: new Array<undefined>(entries.length) };
		fill(found);
		const folder = found.folder === '' ? found.name : `${found.folder}/${found.name}`;
		const systemFiles = this.#leaveOut.has('systemFiles') ? await systemFilesIn(entries, platform.clock) : undefined;
		let next = 0;
		return () => {
			const index = next++;
			const entry = entries[index];
			if (entry === undefined) return undefined;
			const { name } = entry;
			const path = this.#disk.entryPath(location, name);
			const child = {
				shown: shown === location ? path : join(shown, name),
				location: path,
				name,
				folder,
				parent: found,
			};
			if (systemFiles?.has(name) !== true) {
				return async () => await this.#read(child, entry, (inside) => (found.children[index] = inside));
			}
			this.leftOut.push({ path: child.shown, reason: 'it is a system file' });
			return () => Promise.resolve(undefined);
		};
	}
}

function compare(a: string, b: string): number {
	if (a === b) return 0;
	return a < b ? -1 : 1;
}

/** `folder/sub/..` is called "folder". A link keeps its own name. */
export function topName(shown: string, location: string): string {
	const last = basename(shown);
	const name = last === '.' || last === '..' ? basename(location) : last;
	if (name !== '') return name;
	throw new MasvInputError(`"${shown}" cannot be sent as a whole, because the root folder has no name`, {
		code: 'folder_invalid',
		field: pathField,
		hint: 'Enter the folders in it, one per line.',
	});
}

import { join, sep } from 'node:path';
import type { IExecuteFunctions } from 'n8n-workflow';
import { throwIfCancelled } from '../../../masv/errors';
import type { DiskKind } from '../../../masv/transfer/disk';
import { checkFileName } from '../../../masv/transfer/places';
import { platform } from '../platform';
import type { NamedSource } from './namedSource';
import { circularError, notAllowedError, pathField, toPathError, unsupportedError } from './pathError';
import type { Branch } from './walk';
import { walk } from './walk';

/** Something that was found, and where it goes. */
interface Place {
	/** As the user specified it, for messages. */
	shown: string;
	location: string;
	name: string;
	/** Folder in the package. */
	folder: string;
	/** Undefined for the path that the user specified. */
	parent: Folder | undefined;
}

export interface Folder extends Place {
	/** In the order of their names, whenever they are read. */
	children: Array<NamedSource | Folder | undefined>;
}

type ResolvedPath = Awaited<ReturnType<IExecuteFunctions['helpers']['resolvePath']>>;

type Fill = (found: NamedSource | Folder) => void;

/** Finds what is at a path, see `listTree`. */
export class TreeReader {
	readonly #n8n: IExecuteFunctions;
	readonly #signal: AbortSignal | undefined;
	/** Locations of the folders that are included. */
	readonly #included = new Set<string>();
	/** Links to folders, to be followed after all real folders. */
	#links: Array<{ target: Folder; fill: Fill }> = [];

	constructor(n8n: IExecuteFunctions) {
		this.#n8n = n8n;
		this.#signal = n8n.getExecutionCancelSignal();
	}

	async read(place: Place, kind: DiskKind, fill: Fill): Promise<Branch | undefined> {
		throwIfCancelled(this.#signal);
		try {
			if (kind === 'link') return await this.#resolve(place, fill);
			this.#checkAllowed(place, place.location);
			if (kind === 'other') throw unsupportedError(place.shown);
			if (kind === 'folder') return await this.#readFolder({ ...place, children: [] }, fill);
			fill(await this.#readFile(place));
			return undefined;
		} catch (error) {
			throw toPathError(place.shown, error);
		}
	}

	/** Parents before the folders in them, so that these are included where they are in their parents. */
	async followLinks(): Promise<void> {
		while (this.#links.length > 0) {
			const links = this.#links.sort((a, b) => (a.target.location < b.target.location ? -1 : 1));
			this.#links = [];
			for (const { target, fill } of links) {
				const branch = await this.read(target, 'folder', fill);
				if (branch !== undefined) await walk(branch);
			}
		}
	}

	async #resolve(place: Place, fill: Fill): Promise<Branch | undefined> {
		const location = await this.#n8n.helpers.resolvePath(place.location);
		this.#checkAllowed(place, location);
		const kind = await platform.disk.look(location);
		// n8n does not resolve a link that leads nowhere.
		if (kind === 'link') throw Object.assign(new Error(`ENOENT: ${location}`), { code: 'ENOENT' });
		const target = { ...place, location };
		if (kind !== 'folder') return await this.read(target, kind, fill);
		for (let { parent } = place; parent !== undefined; parent = parent.parent) {
			if (isInside(parent.location, location)) throw circularError(place.shown);
		}
		this.#links.push({ target: { ...target, children: [] }, fill });
		return undefined;
	}

	async #readFile({ shown, location: checked, name, folder }: Place): Promise<NamedSource> {
		const { location, ...facts } = await platform.disk.inspect(checked);
		if (location !== checked) this.#checkAllowed({ shown }, location);
		return platform.disk.source(location, {
			...facts,
			name: checkFileName(name, pathField),
			path: folder,
			// The same text is kept once.
			describedAs: shown === location ? location : shown,
		});
	}

	async #readFolder(found: Folder, fill: Fill): Promise<Branch | undefined> {
		const { shown, location } = found;
		if (this.#included.has(location)) {
			this.#n8n.logger.warn(`MASV: "${shown}" is left out, because the package already contains the same folder`);
			return undefined;
		}
		this.#included.add(location);
		fill(found);
		const entries = await platform.disk.list(location);
		const folder = found.folder === '' ? found.name : `${found.folder}/${found.name}`;
		found.children = new Array<undefined>(entries.length);
		let next = 0;
		return () => {
			const index = next++;
			const entry = entries[index];
			if (entry === undefined) return undefined;
			const { name, kind } = entry;
			const place = { shown: join(shown, name), location: join(location, name), name, folder, parent: found };
			return async () => await this.read(place, kind, (child) => (found.children[index] = child));
		};
	}

	#checkAllowed({ shown }: Pick<Place, 'shown'>, location: string): void {
		// Resolved, as n8n requires: an entry of a resolved folder, and not a link itself.
		if (this.#n8n.helpers.isFilePathBlocked(location as ResolvedPath)) throw notAllowedError(shown);
	}
}

function isInside(location: string, folder: string): boolean {
	return location === folder || location.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

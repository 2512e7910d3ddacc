import { MasvCancelledError, MasvError, throwIfCancelled } from '../errors';
import { halfAMinuteOfOutage } from '../retry';
import type { Blueprint } from '../schemas';
import type { PackageAccess } from '../transfer/packageAccess';
import { labelOf, placeOf } from '../transfer/places';
import type { DirectoryFacts } from '../transfer/source';
import { untilSettled } from '../transfer/untilSettled';
import { undefinedIf } from '../undefinedIf';
import { mapParallel } from '../workers';
import { addDirectory, fillDirectory, momentOfLag } from './addDirectory';
import type { DirectoryListing } from './listDirectories';
import { labelsOf, listDirectories } from './listDirectories';
import { removeFile } from './removeFile';
import type { KnownFiles } from './uploadRun';

/** If none of the first ones can be created, the server does not accept directories, and the others are not tried. */
const tries = 3;
const parallel = 8;

type OnWarning = ((text: string) => void) | undefined;

/**
 * The empty directories of a delivery, which the paths of files do not create. What MASV answers to them is not documented
 * (docs/masv-api.md#adding-a-file), so that nothing of this fails a delivery: what cannot be created is reported. Methods
 * throw only what ends the whole run: it was canceled, or another one has taken over.
 */
export class Directories {
	readonly #access: PackageAccess;
	readonly #known: KnownFiles;
	readonly #onWarning: OnWarning;
	readonly #missing: Map<string, DirectoryFacts>;
	/** What this delivery has added, by ID. */
	readonly #own = new Map<string, DirectoryFacts>();
	/** By place, those that were added again before a list showed whether a request without a response had added them. */
	readonly #unseen = new Map<string, DirectoryFacts>();
	/** Whether MASV does not remove what this delivery has added. */
	areStuck = false;

	constructor(access: PackageAccess, known: KnownFiles, wanted: readonly DirectoryFacts[], onWarning: OnWarning) {
		this.#access = access;
		this.#known = known;
		this.#onWarning = onWarning;
		this.#missing = new Map(wanted.map((directory) => [placeOf(directory), directory]));
	}

	/** Paths in the package, sorted. */
	get notCreated(): string[] {
		return labelsOf(this.#missing.values());
	}

	/** Without those that the package contains: of an earlier run, or of somebody else. Nothing is asked if none is wanted. */
	async create(): Promise<void> {
		if (this.#missing.size === 0) return;
		await this.#attempt('create empty folders', async () => {
			await this.#findThere();
			const rest = [...this.#missing.values()];
			let isAccepted = false;
			for (const directory of rest.splice(0, tries)) isAccepted = (await this.#add(directory)) || isAccepted;
			if (isAccepted) {
				await mapParallel(rest, parallel, async (directory) => await this.#add(directory), this.#access.client.signal);
			}
			if (this.#own.size > 0) await this.#checkAdded();
		});
	}

	/**
	 * Removes what this delivery has added, and gives it up. Also what requests without a response have left: unfinished, it
	 * would keep the package from being finalized. @returns whether there was anything
	 */
	async drop(): Promise<boolean> {
		await this.#attempt('find empty folders', async () => await this.#findLost());
		return await this.#drop(this.#own.keys());
	}

	async #drop(ids: Iterable<string>): Promise<boolean> {
		const all = [...ids];
		for (const id of all) {
			const directory = this.#own.get(id);
			if (directory === undefined) continue;
			this.#own.delete(id);
			this.#missing.set(placeOf(directory), directory);
			await this.#discard(directory, id);
		}
		return all.length > 0;
	}

	async #discard(directory: DirectoryFacts, id: string): Promise<void> {
		await this.#attempt(
			`remove the folder "${labelOf(directory)}" from the package`,
			async () => await this.#remove(id),
		);
	}

	async #findThere(): Promise<void> {
		const listing = await listDirectories(this.#access);
		for (const [place, directory] of [...this.#missing]) {
			for (const { id, isComplete } of listing?.byPlace.get(place) ?? []) {
				const isOwn = this.#known.isOwnPackage;
				// Left by a run that died before it was finished.
				if (isOwn && isComplete === false) await this.#remove(id);
				else this.#missing.delete(place);
				if (isOwn && isComplete !== false) this.#own.set(id, directory);
			}
		}
	}

	async #findLost(): Promise<void> {
		const all = new Map([...this.#missing, ...this.#unseen]);
		if (all.size === 0 || !this.#known.isOwnPackage) return;
		const listing = await listDirectories(this.#access);
		for (const [place, directory] of all)
			for (const { id } of listing?.byPlace.get(place) ?? []) this.#own.set(id, directory);
	}

	async #add(directory: DirectoryFacts): Promise<boolean> {
		return await this.#attempt(`create the folder "${labelOf(directory)}"`, async () => {
			const { file, create_blueprint: blueprint } = await addDirectory(this.#access, directory, () =>
				this.#unseen.set(placeOf(directory), directory),
			);
			this.#own.set(file.id, directory);
			this.#known.ownIds.add(file.id);
			if (blueprint !== undefined && blueprint !== null) await this.#fill(directory, file.id, blueprint);
			this.#missing.delete(placeOf(directory));
		});
	}

	async #fill(directory: DirectoryFacts, id: string, blueprint: Blueprint): Promise<void> {
		try {
			await fillDirectory(this.#access, directory, id, blueprint);
		} catch (error) {
			throwIfCancelled(this.#access.client.signal);
			// Unfinished, it would keep the package from being finalized.
			await this.#drop([id]);
			throw error;
		}
	}

	/**
	 * A server that does not know the kind would deliver an empty file of this name. One that lists a directory as unfinished
	 * may refuse to finalize the package, which is tried here only for one of this delivery: in any other, that is for somebody
	 * else to do, who would not know what is in the way.
	 */
	async #checkAdded(): Promise<void> {
		const listing = await this.#listAdded();
		const unfinished = new Set<string>();
		for (const { id, isComplete } of [...(listing?.byPlace.values() ?? [])].flat())
			if (isComplete === false && !this.#known.isOwnPackage) unfinished.add(id);
		await this.#removeLate(listing);
		await this.#drop([...this.#own.keys()].filter((id) => listing?.otherIds.has(id) === true || unfinished.has(id)));
	}

	/** If a request may have added another one, the list is waited for that shows what was added after it. */
	async #listAdded(): Promise<DirectoryListing | undefined> {
		const isBehind = (listing: DirectoryListing | undefined): boolean =>
			[...this.#unseen.keys()].some((place) => listing?.byPlace.has(place) === false);
		return await untilSettled(
			this.#access.client,
			momentOfLag,
			async () => await listDirectories(this.#access),
			(latest) => (isBehind(latest) ? 'behind' : 'settled'),
		);
	}

	/** What requests without a response have added beside the directory. In somebody's package, what is complete does no harm. */
	async #removeLate(listing: DirectoryListing | undefined): Promise<void> {
		for (const [place, directory] of this.#unseen) {
			for (const { id, isComplete } of listing?.byPlace.get(place) ?? []) {
				const isRemovable = this.#known.isOwnPackage || isComplete === false;
				if (isRemovable && !this.#own.has(id)) await this.#discard(directory, id);
			}
		}
	}

	async #remove(id: string): Promise<void> {
		const removal = await removeFile({ ...this.#access, policy: halfAMinuteOfOutage }, id);
		this.areStuck ||= removal !== 'removed';
	}

	async #attempt(what: string, work: () => Promise<void>): Promise<boolean> {
		try {
			await work();
			return true;
		} catch (error) {
			throwIfCancelled(this.#access.client.signal);
			if (isEnd(error)) throw error;
			this.#onWarning?.(`Could not ${what}: ${(error as MasvError).message}`);
			return false;
		}
	}
}

/**
 * The directories that a package shows no longer or not yet. For one that accepts no more; nothing is changed.
 * @param noted those that the run which sent the package could not create. Without a list, nothing else is known
 */
export async function findMissing(
	access: PackageAccess | undefined,
	wanted: readonly DirectoryFacts[],
	noted?: readonly string[],
	onWarning?: OnWarning,
): Promise<string[]> {
	if (wanted.length === 0) return [];
	const listing = access && (await undefinedIf((error) => !isEnd(error), listDirectories(access)));
	if (listing !== undefined) return labelsOf(wanted.filter((directory) => !listing.byPlace.has(placeOf(directory))));
	const all = labelsOf(wanted);
	if (noted !== undefined) return all.filter((label) => noted.includes(label));
	onWarning?.('MASV does not list the folders of the package. Empty ones that are reported as missing may be in it.');
	return all;
}

function isEnd(error: unknown): boolean {
	if (!(error instanceof MasvError)) return true;
	return error instanceof MasvCancelledError || error.code === 'delivery_taken_over';
}

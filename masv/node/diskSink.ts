import type { BigIntStats } from 'node:fs';

import type { TargetPlace } from '../download/target';
import { MasvTransferError } from '../errors';
import type { Guard } from '../transfer/guard';
import type { Place } from '../transfer/places';
import { labelOf } from '../transfer/places';
import type { FileSink, OpenSink, WholeContent } from '../transfer/sink';
import { untilAborted } from '../untilAborted';
import type { Explained, StallOptions } from './explainWrites';
import { explainOpening, explainWrites, syncStallMs } from './explainWrites';
import { entryPath } from './entryPath';
import { stampText } from './fileStamp';
import { giveName } from './giveName';
import type { FolderInUse, FoldersInUse } from './foldersInUse';
import type { BelowOptions, OpenFolder } from './openFolder';
import type { PartialFile } from './partialFile';
import { identityOf, isStillAt, openPartial } from './partialFile';
import type { WriteCalls } from './writeCalls';
import { writeAll, writeCalls } from './writeCalls';

export interface DiskSinkOptions extends Pick<BelowOptions, 'checkAllowed'>, StallOptions {
	/** Whether a file that is there when the content is whole may be replaced. */
	replace: boolean;
	/** What tests replace. */
	calls?: WriteCalls;
}

/**
 * A file below a folder, under its partial name until it is whole. `finish` fails with `file_exists` if something has its name
 * and must not be replaced; the partial file stays.
 * @param folders below a folder that the caller holds open for as long as the sink is
 */
export function diskSink(folders: FoldersInUse, place: TargetPlace, options: DiskSinkOptions): FileSink {
	return {
		open: async (guard) => {
			const explained = explainWrites(shownPlace(place), options);
			return await explainOpening(explained, openSink(folders, place, options, guard));
		},
	};
}

async function openSink(
	folders: FoldersInUse,
	place: TargetPlace,
	options: DiskSinkOptions,
	guard: Guard | undefined,
): Promise<DiskSink> {
	const { calls = writeCalls, checkAllowed } = options;
	const within = await folders.open(place.folders, { create: true, checkAllowed }, calls);
	try {
		const { location } = within.folder;
		checkAllowed(entryPath(location, place.name));
		checkAllowed(entryPath(location, place.partial));
		const opened = await openPartial(within.folder, place.partial, within.calls);
		return new DiskSink(within, place, opened, options, guard);
	} catch (error) {
		within.close();
		throw error;
	}
}

class DiskSink implements OpenSink {
	readonly #within: FolderInUse;
	readonly #folder: OpenFolder;
	readonly #place: TargetPlace;
	#opened: PartialFile;
	/** Files that had the partial name before. A call that hangs may still write into them. */
	readonly #former: PartialFile[] = [];
	readonly #replace: boolean;
	readonly #calls: WriteCalls;
	readonly #guard: Guard | undefined;
	readonly #explained: Explained;
	readonly #explainedSync: Explained;
	#running = 0;
	/** Resolves when all writes so far have ended, also if they have failed. */
	#writes: Promise<void> = Promise.resolve();
	#isClosed = false;
	/** Whether its descriptors are closed, too, which may belong to others from then on. */
	#isReleased = false;
	/** Whether there is nothing that a later run could continue. */
	#isUnused: boolean;

	constructor(
		within: FolderInUse,
		place: TargetPlace,
		opened: PartialFile,
		options: DiskSinkOptions,
		guard: Guard | undefined,
	) {
		this.#within = within;
		this.#folder = within.folder;
		this.#place = place;
		this.#opened = opened;
		this.#replace = options.replace;
		this.#calls = within.calls;
		this.#guard = guard;
		this.#explained = explainWrites(shownPlace(place), options);
		this.#explainedSync = explainWrites(shownPlace(place), { ...options, stallMs: syncStallMs });
		this.#isUnused = opened.isNew;
	}

	get partial(): string | undefined {
		return identityOf(this.#opened.stats);
	}

	/** One at a time: the system locks the file for each, and threads that wait for the lock only take time from the others. */
	write(piece: Uint8Array, position: number): Promise<void> {
		this.#isUnused = false;
		const { file } = this.#opened;
		return this.#run(() => {
			const writing = this.#writes.then(async () => {
				const checked = this.#guard?.check();
				if (checked !== undefined) await checked;
				await writeAll(this.#calls, file, piece, position);
			});
			this.#writes = writing.catch(() => undefined);
			return writing;
		});
	}

	/** Only on a disk of this machine: on others, a call may hang, and whoever writes does nothing else meanwhile. */
	get lend(): OpenSink['lend'] {
		return this.#calls.isLocal === true ? () => this.#lend() : undefined;
	}

	#lend(): ReturnType<NonNullable<OpenSink['lend']>> {
		if (this.#isReleased) throw closedError();
		this.#isUnused = false;
		let giveBack: () => void = () => undefined;
		const lent = new Promise<void>((resolve) => (giveBack = resolve));
		void this.#whileRunning(async () => await lent);
		return {
			file: this.#opened.file,
			check: () => this.#guard?.check(),
			explain: async (error) => await this.#explained(Promise.reject(error as Error)),
			giveBack,
		};
	}

	async restart(): Promise<void> {
		if (this.#isUnused) return;
		await this.#run(async () => {
			await this.#removeIfThere();
			const opened = await openPartial(this.#folder, this.#place.partial, this.#calls);
			this.#former.push(this.#opened);
			this.#opened = opened;
			this.#isUnused = this.#opened.isNew;
		});
	}

	async read(into: Uint8Array, position: number): Promise<number> {
		return await this.#run(async () => await this.#calls.read(this.#opened.file, into, position));
	}

	async sync(): Promise<void> {
		await this.#run(async () => await this.#calls.sync(this.#opened.file, false), this.#explainedSync);
	}

	async finish({ bytes, modifiedAt, signal }: WholeContent): Promise<string> {
		const stats = await this.#run(async () => await this.#complete(bytes, modifiedAt));
		// A file with its final name is whole, also after a power failure.
		const syncing = this.#run(async () => await this.#calls.sync(this.#opened.file, true), this.#explainedSync);
		await untilAborted(signal)(syncing);
		return await this.#run(async () => await this.#giveName(stats));
	}

	async #complete(bytes: number, modifiedAt: Date | undefined): Promise<BigIntStats> {
		const { file } = this.#opened;
		const stats = await this.#calls.look(file);
		if (stats.size < BigInt(bytes)) throw changedError(this.#place);
		if (stats.size > BigInt(bytes)) await this.#calls.truncate(file, bytes);
		if (modifiedAt !== undefined) await this.#calls.setTimes(file, stats.atime, modifiedAt).catch(unlessNotSettable);
		return stats;
	}

	async #giveName(stats: BigIntStats): Promise<string> {
		const { partial, name } = this.#place;
		// Also where its path leads: if the folder was moved meanwhile, nobody would find the file there.
		for (const path of [this.#folder.at(partial), entryPath(this.#folder.location, partial)]) {
			if (!(await isStillAt(path, stats, this.#calls))) throw changedError(this.#place);
		}
		const replace = this.#replace;
		// The disk may have taken minutes to write what it had cached.
		const check = async (): Promise<void> => await this.#guard?.check();
		const isNamed = await giveName(this.#folder, partial, name, { stats, replace, check }, this.#calls);
		if (!isNamed) throw changedError(this.#place);
		this.#isUnused = false;
		return entryPath(this.#folder.location, name);
	}

	async stamp(): Promise<string> {
		return await this.#run(async () => stampText(await this.#calls.look(this.#opened.file)));
	}

	async close(): Promise<void> {
		if (this.#isClosed) return;
		this.#isClosed = true;
		if (this.#running > 0) return;
		if (this.#isUnused) await this.#explained(this.#removeIfThere()).catch(() => undefined);
		this.#release();
	}

	async #removeIfThere(): Promise<void> {
		const path = this.#folder.at(this.#place.partial);
		if (await isStillAt(path, this.#opened.stats, this.#calls)) await this.#calls.remove(path);
	}

	/** A call that hangs would otherwise write into the file that gets the same descriptor next. */
	#run<T>(work: () => Promise<T>, explained = this.#explained): Promise<T> {
		return explained(this.#whileRunning(work));
	}

	async #whileRunning<T>(work: () => Promise<T>): Promise<T> {
		// What a cancelled run still wanted to do, such as to sync, must not reach the file that has the descriptor now.
		if (this.#isReleased) throw closedError();
		this.#running++;
		try {
			return await work();
		} finally {
			this.#running--;
			if (this.#isClosed && this.#running === 0) this.#release();
		}
	}

	#release(): void {
		this.#isReleased = true;
		for (const { file } of [...this.#former, this.#opened]) this.#calls.close(file);
		this.#within.close();
	}
}

/** Disks that keep no times, or let only the owner of a file set them: some network drives, and storage that is mounted as a disk. */
const cannotSetTimes = new Set(['EPERM', 'EACCES', 'EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'UNKNOWN']);

/** The content is whole without its time, too. */
function unlessNotSettable(error: NodeJS.ErrnoException): void {
	if (!cannotSetTimes.has(error.code ?? '')) throw error;
}

function shownPlace({ folders, name }: TargetPlace): Place {
	return { path: folders.join('/'), name };
}

function closedError(): Error {
	return new Error('The file is closed');
}

function changedError(place: TargetPlace): MasvTransferError {
	const file = labelOf(shownPlace(place));
	return new MasvTransferError(`The partial file of "${file}" was changed, moved or removed by another program`, {
		file,
		code: 'partial_file_changed',
	});
}

import type { FoundEntry, TargetFolder, TargetPlace } from '../download/target';
import { toReadError } from '../transfer/readFailure';
import { mapParallel } from '../workers';
import type { DiskSinkOptions } from './diskSink';
import { diskSink } from './diskSink';
import { explainOpening, explainWrites } from './explainWrites';
import { entryPath } from './entryPath';
import { stampText } from './fileStamp';
import type { CallsIn } from './foldersInUse';
import { FoldersInUse } from './foldersInUse';
import { createCallChooser } from './localCalls';
import { kindOf } from './nodeDisk';
import { openAt } from './openAt';
import type { OpenFolder } from './openFolder';
import { openBelow, openOrCreateFolder } from './openFolder';
import { undefinedIfMissing } from './openOwn';
import { claimFolder, isFolderOf } from './packageMarker';
import { isStillAt, removeInterim } from './partialFile';
import { probeRules } from './probeRules';
import type { WriteCalls } from './writeCalls';
import { writeCalls } from './writeCalls';

/** Each waits for the disk, in a thread of Node's pool. */
const syncsAtOnce = 4;

export type DiskTargetOptions = Omit<DiskSinkOptions, 'replace'>;

/** Opens a folder that is to receive files, or creates it. Callers must resolve its links. */
export async function diskTarget(location: string, options: DiskTargetOptions): Promise<TargetFolder> {
	options.checkAllowed(location);
	const opening = openOrCreateFolder(location, options.calls ?? writeCalls);
	const { calls } = options;
	const callsIn: CallsIn = calls === undefined ? createCallChooser() : () => Promise.resolve(calls);
	const root = await explainOpening(explainWrites({ path: '', name: location }, options), opening);
	return targetIn(root, callsIn, options);
}

function targetIn(root: OpenFolder, callsIn: CallsIn, options: DiskTargetOptions): TargetFolder {
	const { calls = writeCalls, checkAllowed } = options;
	const inUse = new FoldersInUse(root, callsIn);
	/** What is done in a folder below, which is closed afterwards. */
	const below = async <T>(
		folders: readonly string[],
		create: boolean,
		work: (folder: OpenFolder) => Promise<T>,
	): Promise<T> => {
		const folder = await openBelow(root, folders, { create, checkAllowed }, calls);
		try {
			return await work(folder);
		} finally {
			folder.close();
		}
	};
	const about = async <T>(folders: readonly string[], name: string, work: Promise<T>): Promise<T> =>
		await explainWrites({ path: folders.join('/'), name }, options)(work);
	return {
		location: root.location,
		readRules: async () => await about([], root.location, probeRules(root, calls)),
		readFreeBytes: async () => {
			// Storage that is mounted as a disk may not know. If there is no room, writing shows.
			const reading = calls.readFreeBytes(root.at('.')).catch(() => undefined);
			return await about([], root.location, reading);
		},
		look: async (place) =>
			await about(
				place.folders,
				place.name,
				below(place.folders, false, async (folder) => await lookIn(folder, place, await callsIn(folder))).catch(
					undefinedIfMissing,
				),
			),
		openFile: async (place) => {
			const reading = async <T>(work: Promise<T>): Promise<T> =>
				await about(
					place.folders,
					place.name,
					work.catch((error: unknown) => {
						throw toReadError({ path: place.folders.join('/'), name: place.name }, error);
					}),
				);
			const opening = below(place.folders, false, async (folder) => await openToCompare(folder, place, options));
			const file = await reading(opening.catch(undefinedIfForbidden));
			if (file === undefined) return undefined;
			return {
				read: async (into, position) => await reading(calls.read(file, into, position)),
				close: () => calls.close(file),
			};
		},
		readStoredBytes: async ({ folders, name, partial }) =>
			await about(
				folders,
				name,
				below(folders, false, async (folder) => await readStoredBytes(folder, partial, calls)).catch(
					undefinedIfMissing,
				),
			).then((bytes) => bytes ?? 0),
		makeFolder: async (folders) =>
			await about(
				folders,
				'',
				below(folders, true, () => Promise.resolve()),
			),
		sink: (place, { replace }) => diskSink(inUse, place, { ...options, replace }),
		claim: async (names, packageId) => {
			for (const open of [openOwn, claim]) {
				for (const name of names) {
					const explained = explainWrites({ path: '', name }, options);
					const folder = await explainOpening(explained, open(root, name, packageId, options));
					if (folder !== undefined) return targetIn(folder, callsIn, options);
				}
			}
			return undefined;
		},
		sync: async (all) => {
			await mapParallel(all, syncsAtOnce, async (folders) => {
				await about(
					folders,
					'',
					below(folders, false, async (folder) => await folder.sync()).catch(undefinedIfMissing),
				);
			});
		},
		close: () => root.close(),
	};
}

async function lookIn(folder: OpenFolder, { name, partial }: TargetPlace, calls: WriteCalls): Promise<FoundEntry> {
	const found = await calls.lookAt(folder.at(name));
	await removeInterim(folder, found, calls);
	if (found.isFile() && found.nlink > 1n && (await isStillAt(folder.at(partial), found, calls))) {
		await calls.remove(folder.at(partial));
	}
	return {
		kind: kindOf(found),
		bytes: Number(found.size),
		location: entryPath(folder.location, name),
		stamp: stampText(found),
	};
}

function undefinedIfForbidden(error: NodeJS.ErrnoException): undefined {
	if (error.code !== 'EACCES' && error.code !== 'EPERM') throw error;
	return undefined;
}

async function openToCompare(
	folder: OpenFolder,
	{ name }: TargetPlace,
	{ checkAllowed, calls = writeCalls }: DiskTargetOptions,
): Promise<number> {
	const location = entryPath(folder.location, name);
	checkAllowed(location);
	return (await openAt(location, 'file', undefined, calls)).file;
}

/** Blocks have 512 bytes, whatever the disk (`stat(2)`). */
async function readStoredBytes(folder: OpenFolder, partial: string, calls: WriteCalls): Promise<number> {
	return Number((await calls.lookAt(folder.at(partial))).blocks * 512n);
}

/** @returns undefined if nothing says that it is the package's */
async function openOwn(
	root: OpenFolder,
	name: string,
	packageId: string,
	{ calls = writeCalls, checkAllowed }: DiskTargetOptions,
): Promise<OpenFolder | undefined> {
	const opening = openBelow(root, [name], { create: false, checkAllowed }, calls);
	return await openIf(opening.catch(undefinedIfMissing), async (folder) => await isFolderOf(folder, packageId, calls));
}

async function claim(
	root: OpenFolder,
	name: string,
	packageId: string,
	{ calls = writeCalls, checkAllowed }: DiskTargetOptions,
): Promise<OpenFolder | undefined> {
	const opening = openBelow(root, [name], { create: true, checkAllowed }, calls);
	return await openIf(opening, async (folder) => {
		const isClaimed = await claimFolder(folder, packageId, calls);
		// The folder may be new.
		if (isClaimed) await root.sync();
		return isClaimed;
	});
}

/** @returns undefined, and closes the folder, if it is not as it must be */
async function openIf(
	opening: Promise<OpenFolder | undefined>,
	isRight: (folder: OpenFolder) => Promise<boolean>,
): Promise<OpenFolder | undefined> {
	const folder = await opening.catch((error: NodeJS.ErrnoException) => {
		// A file or a link has the name: that is somebody else's.
		if (error.code === 'ENOTDIR' || error.code === 'ELOOP') return undefined;
		throw error;
	});
	let isKept = false;
	try {
		isKept = folder !== undefined && (await isRight(folder));
		return isKept ? folder : undefined;
	} finally {
		if (!isKept) folder?.close();
	}
}

import { constants } from 'node:fs';

import type { WriteCalls } from '../../../masv/node/writeCalls';
import { systemError } from '../simJournal';
import type { Worker } from '../worker';
import type { FileSystem, Place } from './fileSystem';
import type { Inode } from './inode';
import { pathOf, statsOf } from './inode';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW } = constants;

export interface DiskFaults {
	/** Share of the calls that fail. */
	share: number;
	/** Share of the calls that take minutes. */
	stalls: number;
	code: string;
	/** Bytes that the system says are free. */
	freeBytes: number | undefined;
	onFault: () => void;
}

/** A file that is open: its name is that of when it was opened. */
interface OpenFile {
	inode: Inode;
	place: Place;
}

export interface SimCalls {
	calls: WriteCalls;
	/** What is open, by descriptor. */
	opened: ReadonlyMap<number, OpenFile>;
}

/** No descriptor is used twice in a history, so that a late call reaches what it was meant for. */
let descriptors = 1_000_000;

/** The disk as one worker sees it. Each call is an effect, after which it may die or freeze. */
export function simWriteCalls(worker: Worker, disk: FileSystem, faults: DiskFaults): SimCalls {
	const opened = new Map<number, OpenFile>();
	const { dice } = worker;
	const act = async <T>(what: string, effect: () => T, about = ''): Promise<T> => {
		const calledAt = worker.timeline.nowMs;
		if (dice.chance(faults.stalls)) {
			faults.onFault();
			worker.note(`disk: ${what} ${about} does not return`);
			await new Promise<void>((resolve) => void worker.after(dice.between(121_000, 600_000), () => resolve()));
		}
		return await worker.act(`disk ${what}`, 3, () => {
			disk.calledAt = calledAt;
			if (!dice.chance(faults.share)) return effect();
			faults.onFault();
			const hasEffect = dice.chance(0.2) && ['link', 'rename', 'remove'].includes(what);
			if (hasEffect) effect();
			worker.note(`disk: ${faults.code} at ${what} ${about}${hasEffect ? ', which took place' : ''}`);
			throw systemError(faults.code);
		});
	};
	const at = (path: string): Place => {
		const [, file, rest = ''] = /^\/proc\/self\/fd\/(\d+)(?:\/(.*))?$/.exec(path) ?? [];
		return file === undefined ? disk.locate(path) : disk.locate(rest, fileOf(Number(file)).inode);
	};
	const fileOf = (file: number): OpenFile => {
		const found = opened.get(file);
		if (found === undefined) throw systemError('EBADF');
		return found;
	};
	const shown = (path: string): string =>
		path
			.split('/')
			.at(-1)
			?.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, '*') ?? '';
	const open = (path: string, flags: number): number => {
		let place = at(path);
		if ((flags & O_CREAT) !== 0 && place.inode !== undefined && (flags & O_EXCL) !== 0) throw systemError('EEXIST');
		if ((flags & O_CREAT) !== 0 && place.inode === undefined) {
			place = { ...place, inode: disk.create(place, 'file', worker) };
			worker.note(`disk: creates ${shown(path)}`);
		}
		const { inode } = place;
		if (inode === undefined) throw systemError('ENOENT');
		if (inode.kind === 'link') throw systemError((flags & O_NOFOLLOW) !== 0 ? 'ELOOP' : 'EACCES');
		if ((flags & O_DIRECTORY) !== 0 && inode.kind !== 'folder') throw systemError('ENOTDIR');
		inode.opened++;
		opened.set(++descriptors, { inode, place });
		return descriptors;
	};
	const closeFile = (file: number): void => {
		const found = opened.get(file);
		if (found === undefined) return;
		opened.delete(file);
		found.inode.opened--;
		disk.release(found.inode);
	};
	worker.onDeath((cause) => {
		for (const file of [...opened.keys()]) closeFile(file);
		if (cause === 'loses power') disk.losePower(worker);
	});
	const calls: WriteCalls = {
		open: async (path, flags) =>
			await act((flags & O_CREAT) === 0 ? 'open' : 'create', () => open(path, flags), shown(path)),
		read: async (file, into, position) =>
			await act('read', () => {
				const piece = fileOf(file).inode.content.subarray(position, position + into.length);
				into.set(piece);
				return piece.length;
			}),
		look: async (file) => await act('look', () => statsOf(fileOf(file).inode)),
		pathOf: (file) => {
			const { inode, place } = fileOf(file);
			if (inode.kind === 'folder') return pathOf(inode);
			const path = `${pathOf(place.folder)}/${place.name}`;
			return place.folder.entries.get(place.name) === inode ? path : `${path} (deleted)`;
		},
		close: closeFile,
		pause: async (ms) => await new Promise((resolve) => void worker.after(ms, () => resolve())),
		write: async (file, piece, position) =>
			await act('write', () => {
				const bytes = dice.chance(faults.share) ? dice.int(1, piece.length) : piece.length;
				disk.write(fileOf(file).inode, piece.slice(0, bytes), position, worker);
				return bytes;
			}),
		sync: async (file) => await act('sync', () => disk.sync(fileOf(file).inode, worker)),
		truncate: async (file, bytes) => await act('truncate', () => disk.truncate(fileOf(file).inode, bytes, worker)),
		setTimes: async (file, _, modified) =>
			await act('set times', () => void (fileOf(file).inode.modifiedMs = modified.getTime())),
		lookAt: async (path) =>
			await act('look at', () => {
				const { inode } = at(path);
				if (inode === undefined) throw systemError('ENOENT');
				return statsOf(inode);
			}),
		list: async (path) => await act('list', () => [...(at(path).inode?.entries.keys() ?? [])]),
		readFreeBytes: async () => await act('read free bytes', () => faults.freeBytes),
		makeFolder: async (path) => {
			await act('make folder', () => disk.create(at(path), 'folder', worker), shown(path));
		},
		link: async (from, to) =>
			await act(
				'link',
				() => {
					disk.link(at(from), at(to), worker);
					worker.note(`disk: links ${shown(from)} as ${shown(to)}`);
				},
				shown(to),
			),
		// Nothing that receives files asks for these.
		linkTo: async () => await Promise.reject(systemError('ENOSYS')),
		readLink: async () => await Promise.reject(systemError('ENOSYS')),
		rename: async (from, to) =>
			await act(
				'rename',
				() => {
					disk.rename(at(from), at(to), worker);
					worker.note(`disk: renames ${shown(from)} to ${shown(to)}`);
				},
				shown(to),
			),
		remove: async (path) =>
			await act(
				'remove',
				() => {
					disk.remove(at(path), worker);
					worker.note(`disk: removes ${shown(path)}`);
				},
				shown(path),
			),
	};
	return { calls, opened };
}

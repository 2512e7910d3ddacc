import { bufferSource } from '../../masv/transfer/bufferSource';
import type { FileSource, RangeReader } from '../../masv/transfer/source';
import type { LedgerFile } from '../../masv/sync/ledgerLines';
import type { AfterSending } from '../../masv/sync/sendNewRequest';

interface DiskFile {
	content: Buffer;
	/** Milliseconds since the epoch, and so is `changed`. */
	modified: number;
	changed: number;
	inode: string;
}

/** A folder on a disk in memory. Times are those of a clock that the test passes in. */
export function syncedFolder(now: () => number) {
	const files = new Map<string, DiskFile>();
	let inodes = 0;
	let isMounted = true;
	const locationOf = (name: string): string => `/media/in/${name}`;
	const stampOf = ({ content, modified, changed, inode }: DiskFile) => ({
		bytes: content.length,
		modified: `${modified}000000`,
		changed: `${changed}000000`,
		device: '1',
		inode,
	});
	/** A source for a version of a file, whatever is there when it is read. */
	const toSource = ({ location, path, name, ...stamp }: LedgerFile): FileSource => {
		const modifiedAt = new Date(Number(BigInt(stamp.modified) / 1_000_000n));
		const open = async (): Promise<RangeReader> => {
			const file = files.get(location);
			if (file === undefined) throw Object.assign(new Error(`ENOENT: ${location}`), { code: 'ENOENT' });
			const reader = await bufferSource(file.content, { name, path, modifiedAt }).open();
			return { ...reader, look: () => Promise.resolve(stampOf(files.get(location) ?? file)) };
		};
		return { kind: 'range', name, path, location, bytes: stamp.bytes, modifiedAt, stamp, open };
	};
	const list = (): LedgerFile[] =>
		[...files].sort().map(([location, file]) => {
			const place = location.slice('/media/'.length).split('/');
			return { location, path: place.slice(0, -1).join('/'), name: place.at(-1) as string, ...stampOf(file) };
		});
	return {
		/** @param age how long ago, in seconds */
		write: (name: string, content: string | Buffer, age = 3_600): void => {
			const at = now() - age * 1000;
			const inode = files.get(locationOf(name))?.inode ?? String(++inodes);
			files.set(locationOf(name), { content: Buffer.from(content), modified: at, changed: at, inode });
		},
		/** Another file of the same size and modification time takes the place of this one. */
		replace: (name: string, content: string | Buffer): void => {
			const file = files.get(locationOf(name)) as DiskFile;
			const inode = String(++inodes);
			files.set(locationOf(name), { ...file, content: Buffer.from(content), inode, changed: now() - 3_600_000 });
		},
		/** Another time, the same content. @param age how long ago, in seconds; `isRestored`: in another file */
		touch: (name: string, age = 1_800, isRestored = false): void => {
			const file = files.get(locationOf(name)) as DiskFile;
			const at = now() - age * 1000;
			const inode = isRestored ? String(++inodes) : file.inode;
			files.set(locationOf(name), { ...file, modified: at, changed: at, inode });
		},
		/** All at once, so that files can change places. */
		rename: (...pairs: Array<[from: string, to: string]>): void => {
			const moved = pairs.map(([from, to]) => ({ to, file: files.get(locationOf(from)) as DiskFile }));
			for (const [from] of pairs) files.delete(locationOf(from));
			for (const { to, file } of moved) files.set(locationOf(to), { ...file, changed: now() });
		},
		/** A second name, which changes the file as a new name does. */
		nameTwice: (name: string, second: string): void => {
			const file = { ...(files.get(locationOf(name)) as DiskFile), changed: now() };
			for (const each of [name, second]) files.set(locationOf(each), file);
		},
		remove: (name: string): void => void files.delete(locationOf(name)),
		names: (): string[] => [...files.keys()].map((location) => location.slice('/media/in/'.length)).sort(),
		/** Whether the disk is mounted. */
		mount: (isIt: boolean): void => void (isMounted = isIt),
		list: () => Promise.resolve(isMounted ? list() : []),
		isUnmounted: () => Promise.resolve(!isMounted),
		toSource,
		isThere: ({ location, inode }: LedgerFile) => Promise.resolve(files.get(location)?.inode === inode),
		/** What `AfterSending` does on a real disk. */
		clear: async (file: LedgerFile): ReturnType<AfterSending['clear']> => {
			const there = await Promise.resolve(files.get(file.location));
			if (there === undefined) return undefined;
			const { bytes, modified } = stampOf(there);
			if (bytes !== file.bytes || modified !== file.modified) {
				return { reason: 'it has changed', isFinal: true };
			}
			files.delete(file.location);
			return undefined;
		},
	};
}

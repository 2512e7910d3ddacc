import type { FileSource, FileStamp, OpenStream, RangeReader } from '../../masv/transfer/source';
import type { SentFile } from './delivery';
import type { DiskFile, Version } from './disk';
import { currentOf, targetOf } from './disk';
import { systemError } from './simJournal';
import type { Worker } from './worker';

/**
 * A file of a delivery, as a run finds it when it begins.
 * @param faults share of the reads that fail
 */
export function simSource(worker: Worker, { file: shown, name, path, kind }: SentFile, faults: number): FileSource {
	const file = targetOf(shown);
	const version = currentOf(file);
	const facts = { name, path, bytes: version.content.length, modifiedAt: new Date(version.modifiedMs) };
	const { location } = file;
	switch (kind) {
		case 'disk':
			return { ...facts, location, stamp: stampOf(version), kind: 'range', open: () => openFile(worker, file, faults) };
		case 'binary':
			return { ...facts, location, kind: 'range', open: () => openFile(worker, file, faults) };
		case 'binary stream':
			return { ...facts, location, kind: 'stream', open: () => openStream(worker, version) };
		case 'memory':
			return { ...facts, kind: 'range', open: () => openFile(worker, file, 0) };
	}
}

export function stampOf({ content, modifiedMs, changedMs, device, inode }: Version): FileStamp {
	return {
		bytes: content.length,
		modified: `${modifiedMs}000000`,
		changed: `${changedMs}000000`,
		device: String(device),
		inode: String(inode),
	};
}

/** Like a descriptor, the reader stays with the inode when another file takes its place. */
export async function openFile(worker: Worker, file: DiskFile, faults: number): Promise<RangeReader> {
	const mayFail = (): void => {
		if (!worker.dice.chance(faults)) return;
		worker.note(`disk: EIO at ${file.location}`);
		throw systemError('EIO');
	};
	const opened = await worker.act('open', 2, () => {
		mayFail();
		return currentOf(file);
	});
	const version = (): Version => file.versions.findLast(({ inode }) => inode === opened.inode) ?? opened;
	return {
		read: async (into, position) =>
			await worker.act('read', 3, () => {
				mayFail();
				const piece = version().content.subarray(position, position + into.length);
				into.set(piece);
				return piece.length;
			}),
		look: async () => await worker.act('look', 2, () => stampOf(version())),
		close: () => undefined,
	};
}

async function openStream(worker: Worker, { content }: Version): Promise<OpenStream> {
	await worker.act('open', 2, () => undefined);
	return { pieces: piecesOf(worker, content), close: () => undefined };
}

/** Pieces of uneven length. */
async function* piecesOf(worker: Worker, content: Uint8Array): AsyncGenerator<Uint8Array> {
	for (let at = 0, bytes = 30_000; at < content.length; at += bytes, bytes = 70_000 - bytes) {
		const piece = content.slice(at, at + bytes);
		yield await worker.act('read', 3, () => piece);
	}
}

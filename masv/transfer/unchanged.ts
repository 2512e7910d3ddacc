import { MasvTransferError } from '../errors';
import { labelOf } from './places';
import type { FileFacts, RangeReader, RangeSource } from './source';

// Bare descriptors: Node's file handles cost more than a small file does, and thousands of those are sent in one go.

/** @throws MasvTransferError when the file is not what it was when the upload was planned */
export function checkUnchanged(source: RangeSource, reader: RangeReader): void {
	const { bytes, modifiedMs } = reader.look();
	if (bytes !== source.bytes) throw changedError(source, `its size changed from ${source.bytes} to ${bytes} bytes`);
	if (modifiedMs !== source.modifiedAt.getTime()) throw changedError(source, 'its modification time changed');
}

/** A file that is not what was planned. Nothing of it may be finalized: nobody can tell what was sent. */
export function changedError(source: FileFacts, how: string): MasvTransferError {
	return new MasvTransferError(`"${labelOf(source)}" changed during the upload: ${how}`, {
		file: labelOf(source),
		code: 'file_changed',
		hint: 'Wait until no program is writing to the file, then run this again.',
	});
}

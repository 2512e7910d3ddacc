import { MasvTransferError } from '../errors';
import { labelOf } from './places';
import type { FileFacts, RangeReader, RangeSource } from './source';

/** @throws MasvTransferError when the file is not what it was when the upload was planned */
export function checkUnchanged(source: RangeSource, reader: RangeReader): void {
	const { bytes, modifiedMs } = reader.look();
	if (bytes !== source.bytes) throw changedError(source, `it had ${source.bytes} bytes and has ${bytes} now`);
	if (modifiedMs !== source.modifiedAt.getTime())
		throw changedError(source, 'its modification time is another one now');
}

/** A file that is not what was planned. Nothing of it may be finalized: nobody can tell what was sent. */
export function changedError(source: FileFacts, how: string): MasvTransferError {
	return new MasvTransferError(`"${labelOf(source)}" changed while it was sent: ${how}`, {
		file: labelOf(source),
		code: 'file_changed',
		hint: 'Wait until nothing writes to the file any more, then run this again.',
	});
}

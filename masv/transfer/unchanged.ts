import { MasvTransferError } from '../errors';
import { labelOf } from './places';
import type { FileFacts, RangeReader, RangeSource } from './source';

/** @throws MasvTransferError if the file has changed since the upload was planned */
export function checkUnchanged(source: RangeSource, reader: RangeReader): void {
	const { bytes, modifiedMs } = reader.look();
	if (bytes !== source.bytes) throw changedError(source, `its size changed from ${source.bytes} to ${bytes} bytes`);
	if (modifiedMs !== source.modifiedAt.getTime()) throw changedError(source, 'its modification time changed');
}

/** The file must not be finalized, because the parts may be from different versions of it. */
export function changedError(source: FileFacts, how: string): MasvTransferError {
	return new MasvTransferError(`"${labelOf(source)}" changed during the upload: ${how}`, {
		file: labelOf(source),
		code: 'file_changed',
		hint: 'Wait until no program is writing to the file, then run this again.',
	});
}

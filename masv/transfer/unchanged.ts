import { MasvTransferError } from '../errors';
import { labelOf } from './places';
import type { FileFacts, FileStamp, RangeReader, RangeSource } from './source';

/**
 * Whether a file still has the same content. `unsure`: size and modification time are the same, but a program may have set
 * the time back, or another file may have taken the place of this one. A renamed file, other permissions or a share that
 * was mounted again look the same, so only the content can tell.
 */
export type Comparison = 'same' | 'unsure' | 'modified' | 'resized';

export function compareStamps(before: FileStamp, now: FileStamp): Comparison {
	if (now.bytes !== before.bytes) return 'resized';
	if (now.modified !== before.modified) return 'modified';
	const isSame = now.changed === before.changed && now.device === before.device && now.inode === before.inode;
	return isSame ? 'same' : 'unsure';
}

/**
 * Compares an open file with its state when the upload was planned.
 * @param before a later state to compare it with
 * @throws MasvTransferError `file_changed` if its size or modification time differs
 */
export async function checkUnchanged(
	source: RangeSource,
	reader: RangeReader,
	before: FileStamp | undefined = source.stamp,
): Promise<'same' | 'unsure'> {
	const now = await reader.look();
	const comparison = before === undefined ? 'same' : compareStamps(before, now);
	// Checked for content without a stamp, too: the parts were planned for this size.
	if (comparison === 'resized' || now.bytes !== source.bytes) {
		throw changedError(source, `its size changed from ${source.bytes} to ${now.bytes} bytes`);
	}
	if (comparison === 'modified') throw changedError(source, 'its modification time changed');
	return comparison;
}

/** The file must not be finalized, because the parts may be from different versions of it. */
export function changedError(source: FileFacts, how: string): MasvTransferError {
	return new MasvTransferError(`"${labelOf(source)}" changed during the upload: ${how}`, {
		file: labelOf(source),
		code: 'file_changed',
		hint: 'Wait until no program is writing to the file, then run this again.',
	});
}

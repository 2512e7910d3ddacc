import { MasvError, MasvTransferError } from '../errors';
import type { MasvErrorCode } from '../errorCodes';
import type { Place } from './places';
import { labelOf } from './places';
import { describeReadFailure } from './readFailure';

/** System codes of what failed in a folder that receives files. Network drives also report those of their connection. */
const reasons: Record<string, string | undefined> = {
	ENOSPC: 'the disk is full',
	EDQUOT: 'the disk quota is used up',
	EROFS: 'the disk can only be read',
	EFBIG: 'it is too large for the file system of this disk',
	EEXIST: 'something has its name already',
	EISDIR: 'a folder has its name',
	ENOTDIR: 'a file or a link is where one of its folders must be',
	ELOOP: 'a link has replaced it or one of its folders, or a folder was moved',
	ENOENT: 'its folder no longer exists',
	EILSEQ: 'the disk does not accept its name',
	EINVAL: 'the disk does not accept its name, or this kind of access',
	EMLINK: 'its folder has too many entries',
};

const codes: Record<string, MasvErrorCode | undefined> = {
	ENOSPC: 'disk_full',
	EDQUOT: 'disk_full',
	EEXIST: 'file_exists',
	EISDIR: 'file_exists',
	ENOTEMPTY: 'file_exists',
};

/** Why a file could not be written: "the disk is full (ENOSPC)". */
export function describeWriteFailure(error: unknown): string {
	const code = (error as { code?: unknown } | null)?.code;
	const reason = typeof code === 'string' ? reasons[code] : undefined;
	return reason === undefined ? describeReadFailure(error) : `${reason} (${String(code)})`;
}

/** The error of a file that could not be written. @param place below the folder that was chosen */
export function toWriteError(place: Place, error: unknown): MasvError {
	if (error instanceof MasvError) return error;
	const systemCode = String((error as { code?: unknown } | null)?.code);
	const code = codes[systemCode] ?? 'file_not_writable';
	return new MasvTransferError(`"${labelOf(place)}" cannot be written: ${describeWriteFailure(error)}`, {
		file: labelOf(place),
		code,
		hint:
			code === 'disk_full'
				? 'What has arrived was kept. Make room on the disk and run this again to continue.'
				: undefined,
		cause: error,
	});
}

/** A disk does not respond. The call is still running, and may write what is in its buffer later. */
export function writeStalledError(place: Place, ms: number): MasvTransferError {
	return new MasvTransferError(
		`"${labelOf(place)}" cannot be written: the disk did not respond for ${ms / 1000} seconds`,
		{ file: labelOf(place), code: 'file_write_stalled' },
	);
}

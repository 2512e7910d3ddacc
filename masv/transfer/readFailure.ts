import { MasvError, MasvTransferError } from '../errors';
import { sizelessFile } from './disk';
import { labelOf } from './places';
import type { FileFacts } from './source';

/** System codes of a failed open or read. Network drives also report the codes of their connection. */
const reasons: Record<string, string | undefined> = {
	EACCES: 'permission denied',
	EPERM: 'permission denied',
	ENOENT: 'it no longer exists',
	ENOTDIR: 'it no longer exists',
	ENAMETOOLONG: 'its path is too long for the system',
	ELOOP: 'it was moved, or a link has taken its place or that of one of its folders',
	ENXIO: 'it is not a regular file',
	EIO: 'the disk reported an error',
	EBUSY: 'another program is using it',
	EAGAIN: 'another program has locked it',
	EMFILE: 'n8n has too many files open',
	ENFILE: 'the system has too many files open',
	ENOMEM: 'the system has too little memory',
	ESTALE: 'the network drive no longer knows it',
	ENODEV: 'the disk was removed',
	ENOTCONN: 'the network drive is not connected',
	EHOSTDOWN: 'the network drive is not reachable',
	EHOSTUNREACH: 'the network drive is not reachable',
	ENETUNREACH: 'the network drive is not reachable',
	ETIMEDOUT: 'the network drive does not respond',
	ECONNABORTED: 'the connection to the network drive was lost',
	ECONNREFUSED: 'the network drive refused the connection',
	ECONNRESET: 'the connection to the network drive was lost',
	EPIPE: 'the connection to the network drive was lost',
	[sizelessFile]: 'the system generates its content and shows no size, as in /proc',
};

/** Why a file could not be read: "permission denied (EACCES)". */
export function describeReadFailure(error: unknown): string {
	const code = (error as { code?: unknown } | null)?.code;
	if (typeof code !== 'string') return error instanceof Error ? error.message : 'unknown reason';
	const reason = reasons[code];
	return reason === undefined ? code : `${reason} (${code})`;
}

/**
 * The error of a file that could not be read. Without this, a read that fails within the body of a request could be taken for
 * a failure of the connection to MASV, and retried as one.
 */
export function toReadError(source: Pick<FileFacts, 'name' | 'path'>, error: unknown): MasvError {
	if (error instanceof MasvError) return error;
	return new MasvTransferError(`"${labelOf(source)}" cannot be read: ${describeReadFailure(error)}`, {
		file: labelOf(source),
		code: 'file_not_readable',
		cause: error,
	});
}

/** How long to wait for each call to a disk or a store: tape libraries and cloud archives may first have to fetch a file. */
export const readStallMs = 2 * 60_000;

/**
 * A disk or store does not respond. The call is still running.
 * @param where "the disk"
 */
export function stalledError(source: FileFacts, where: string, ms: number): MasvTransferError {
	return new MasvTransferError(
		`"${labelOf(source)}" cannot be read: ${where} did not respond for ${ms / 1000} seconds`,
		{
			file: labelOf(source),
			code: 'file_read_stalled',
		},
	);
}

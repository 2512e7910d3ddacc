import { MasvError, MasvInputError } from '../../../masv/errors';
import type { MasvErrorCode } from '../../../masv/errorCodes';
import { sizelessFile } from '../../../masv/transfer/disk';
import { flawOf, printable } from '../../../masv/transfer/places';
import { describeReadFailure } from '../../../masv/transfer/readFailure';

export const pathField = 'File or Folder Paths';

/** A file or folder that cannot be sent for a reason of its own: the others in its folder can. */
export class UnreadableError extends MasvInputError {
	/** "permission denied (EACCES)", for lists of paths. */
	readonly reason: string;

	constructor(reason: string, message: string, options: { code: MasvErrorCode; hint?: string; cause?: unknown }) {
		super(message, { ...options, field: pathField });
		this.reason = reason;
	}
}

/**
 * System codes that are about the file or folder itself. A disk that fails, or a system with too many open files, says
 * nothing about it: leaving out whatever is next would end in an incomplete delivery.
 */
const ownCodes = new Set(['EACCES', 'EPERM', 'ELOOP', sizelessFile]);

/** What the user is told about a path. Errors that do not come from the system stay as they are. */
export function toPathError(path: string, cause: unknown): unknown {
	const code = (cause as { code?: unknown } | null)?.code;
	if (cause instanceof MasvError || typeof code !== 'string') return cause;
	if (code === 'ENXIO') return unsupportedError(path);
	// No path contains a null character.
	if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ERR_INVALID_ARG_VALUE') return missingError(path, cause);
	const reason = describeReadFailure(cause);
	if (code === 'ENAMETOOLONG') return tooLongError(path, reason, cause);
	const message = `"${path}" cannot be read: ${reason}`;
	const options = { code: 'file_not_readable', cause } as const;
	return ownCodes.has(code)
		? new UnreadableError(reason, message, options)
		: new MasvInputError(message, { ...options, field: pathField });
}

function missingError(path: string, cause: unknown): UnreadableError {
	return new UnreadableError('it does not exist', `There is no file or folder "${printable(path)}"`, {
		code: 'file_not_found',
		hint: hintFor(path),
		cause,
	});
}

function hintFor(path: string): string {
	if (/[*?]/.test(path)) return 'Wildcards are not supported. Enter a folder to send everything in it.';
	const exists = 'The path must exist on the machine, or in the container, that runs n8n.';
	return /[,;]/.test(path) ? `${exists} Enter one path per line.` : exists;
}

function tooLongError(path: string, reason: string, cause: unknown): UnreadableError {
	return new UnreadableError(reason, `"${path}" cannot be read: ${reason}`, {
		code: 'file_name_invalid',
		hint: 'Most systems allow 255 bytes for a name and 4,096 for a path. Shorten the names, or move the folder up.',
		cause,
	});
}

/** The link is there, what it leads to is not. */
export function deadLinkError(path: string, cause?: unknown): UnreadableError {
	return new UnreadableError('it is a link that leads nowhere', `"${path}" is a link that leads nowhere`, {
		code: 'file_not_found',
		hint: 'Remove the link, or restore the file or folder that it leads to. In a container, this must have the same path as outside.',
		cause,
	});
}

export function unsupportedError(path: string): UnreadableError {
	const reason = 'is neither a file nor a folder';
	return new UnreadableError(`it ${reason}`, `"${path}" ${reason}`, {
		code: 'file_kind_unsupported',
		hint: 'Devices, pipes and sockets cannot be sent.',
	});
}

export function circularError(path: string): UnreadableError {
	const reason = 'is a link to one of its parent folders';
	return new UnreadableError(`it ${reason}`, `"${path}" ${reason}`, {
		code: 'folder_link_circular',
		hint: 'Remove the link, or send the folders separately.',
	});
}

/** @throws UnreadableError for a name that no file or folder in a package can have */
export function checkName(path: string, name: string): string {
	const flaw = flawOf(name);
	if (flaw === undefined) return name;
	throw new UnreadableError(`its name is invalid: ${flaw}`, `The name of "${printable(path)}" is invalid: ${flaw}`, {
		code: 'file_name_invalid',
		hint: 'Rename it. Names must not contain slashes, backslashes, line breaks or other control characters.',
	});
}

/** Node cannot open a file by such a name, and would report that it does not exist. */
export function encodingError(path: string): UnreadableError {
	const reason = 'its name is not valid UTF-8';
	return new UnreadableError(reason, `"${printable(path)}" cannot be read: ${reason}`, {
		code: 'file_name_invalid',
		hint: 'Rename it, for example with the program convmv. It was probably created by a system with another character encoding.',
	});
}

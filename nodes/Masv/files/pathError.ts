import { MasvError, MasvInputError } from '../../../masv/errors';
import { describeReadFailure } from '../../../masv/transfer/readFailure';

export const pathField = 'File or Folder Paths';

/** What the user is told about a path. Errors that do not come from the system stay as they are. */
export function toPathError(path: string, cause: unknown): unknown {
	const code = (cause as { code?: unknown } | null)?.code;
	if (cause instanceof MasvError || typeof code !== 'string') return cause;
	if (code === 'ENXIO') return unsupportedError(path);
	const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
	return new MasvInputError(
		isMissing ? `There is no file or folder "${path}"` : `"${path}" cannot be read: ${describeReadFailure(cause)}`,
		{
			code: isMissing ? 'file_not_found' : 'file_not_readable',
			field: pathField,
			hint: 'The path must exist on the machine, or in the container, that runs n8n.',
			cause,
		},
	);
}

export function unsupportedError(path: string): MasvInputError {
	return new MasvInputError(`"${path}" is neither a file nor a folder`, {
		code: 'file_kind_unsupported',
		field: pathField,
		hint: 'Devices, pipes and sockets cannot be sent.',
	});
}

export function notAllowedError(path: string): MasvInputError {
	return new MasvInputError(`n8n does not allow workflows to read "${path}"`, {
		code: 'file_not_allowed',
		field: pathField,
		hint: 'Ask your n8n administrator to add the folder to N8N_RESTRICT_FILE_ACCESS_TO.',
	});
}

export function circularError(path: string): MasvInputError {
	return new MasvInputError(`"${path}" is a link to one of its parent folders`, {
		code: 'folder_link_circular',
		field: pathField,
		hint: 'Remove the link, or send the folders separately.',
	});
}

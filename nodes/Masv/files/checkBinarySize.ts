import { MasvInputError } from '../../../masv/errors';
import { formatBytes } from '../../../masv/formatBytes';
import { platform } from '../platform';

const otherMode =
	'the administrator of n8n can keep binary data in files (N8N_DEFAULT_BINARY_DATA_MODE=filesystem, in queue mode with a storage that all processes share)';

/** @throws MasvInputError for binary data that n8n could not read from its database */
export function checkReadable(what: string, field: string, bytes: number): void {
	if (bytes <= platform.binaryLimits.read) return;
	throw tooLarge(what, field, bytes, 'read', `Set File Source to Path on Disk, or ${otherMode}.`);
}

/** @throws MasvInputError for a file that n8n could not keep in its database */
export function checkStorable(what: string, bytes = 0): void {
	if (bytes <= platform.binaryLimits.write) return;
	throw tooLarge(what, 'Save To', bytes, 'write', `Set Save To to Folder on Disk, or ${otherMode}.`);
}

function tooLarge(
	what: string,
	field: string,
	bytes: number,
	direction: 'read' | 'write',
	hint: string,
): MasvInputError {
	const max = platform.binaryLimits[direction];
	return new MasvInputError(
		`${what} is ${formatBytes(bytes)}; n8n keeps binary data in its database, where the limit is ${formatBytes(max)}`,
		{ code: 'file_too_large', field, hint },
	);
}

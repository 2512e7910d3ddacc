import { isAbsolute, join, parse, sep } from 'node:path';
import type { IExecuteFunctions } from 'n8n-workflow';
import { MasvInputError } from '../../../masv/errors';
import { platform } from '../platform';
import { UnreadableError } from './pathError';

type Helpers = Pick<IExecuteFunctions, 'helpers'>;
type ResolvedPath = Awaited<ReturnType<IExecuteFunctions['helpers']['resolvePath']>>;

/**
 * Checks a path against n8n's rules on what workflows may read.
 * @param location without links, as n8n requires
 * @param shown as the user specified it
 * @throws UnreadableError that names the folders that are allowed
 */
export function checkAllowed(n8n: Helpers, location: string, shown: string): void {
	if (isAllowed(n8n, location)) return;
	throw new UnreadableError(
		'n8n does not allow workflows to read it',
		`n8n does not allow workflows to read "${shown}"`,
		{ code: 'file_not_allowed', hint: adviceOn(n8n, location, shown, toRead) },
	);
}

/**
 * The same for what workflows may write: n8n has one set of rules for both.
 * @throws MasvInputError that names the folders that are allowed
 */
export function checkWritable(n8n: Helpers, location: string, field: string): void {
	if (isAllowed(n8n, location)) return;
	throw new MasvInputError(`n8n does not allow workflows to write "${location}"`, {
		code: 'file_not_allowed',
		field,
		hint: adviceOn(n8n, location, location, toWrite),
	});
}

function isAllowed({ helpers }: Helpers, location: string): boolean {
	return !helpers.isFilePathBlocked(location as ResolvedPath);
}

/** What a path is for, in the words of the advice. */
interface Purpose {
	canUse: string;
	instead: string;
}

const toRead: Purpose = { canUse: 'Workflows can read', instead: 'Move the file to another folder.' };
const toWrite: Purpose = { canUse: 'Workflows can write to', instead: 'Enter another folder.' };

function adviceOn(n8n: Helpers, location: string, shown: string, { canUse, instead }: Purpose): string {
	const folders = allowedFolders(n8n);
	// Without folders of its own, n8n allows everything but what it protects.
	const isUnlimited = isAllowed(n8n, parse(location).root);
	if (isUnlimited || folders.some((folder) => isInside(location, folder))) {
		return `n8n protects its own folder, and files that match N8N_BLOCK_FILE_PATTERNS. ${instead}`;
	}
	const list = folders.map((folder) => `"${folder}"`).join(', ');
	const allowed = folders.length === 0 ? '' : `${canUse} ${list}. `;
	const isLink = folders.some((folder) => isInside(shown, folder));
	const links = isLink ? 'This path is in one of these folders, but a link in it leads to another one. ' : '';
	return `${allowed}${links}Ask your n8n administrator to add the folder to N8N_RESTRICT_FILE_ACCESS_TO.`;
}

/** Only those that n8n confirms: it may have read its settings elsewhere, or at another time. */
function allowedFolders(n8n: Helpers): string[] {
	const folders = platform.allowedFolders() ?? [join(platform.disk.homeFolder(), defaultFolder)];
	return folders.filter((folder) => isAbsolute(folder) && isAllowed(n8n, folder));
}

/** The default of n8n 2. Earlier versions have none. */
const defaultFolder = '.n8n-files';

/** Whether a path is that of a folder or of something in it. */
export function isInside(location: string, folder: string): boolean {
	return location === folder || location.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

import { basename, dirname, join } from 'node:path';
import type { IExecuteFunctions } from 'n8n-workflow';

import type { TargetFolder } from '../../../masv/download/target';
import { MasvInputError } from '../../../masv/errors';
import { platform } from '../platform';
import { checkWritable } from './fileAccess';
import { isMissing, readPaths } from './paths';

const field = 'Folder';

/**
 * Opens the folder that the user entered for as long as `work` takes, if n8n's rules allow workflows to write there. It is
 * created if it is missing.
 * @throws MasvInputError that names the folder, MasvError if it cannot be opened; what `work` throws
 */
export async function withReceiveTarget<T>(
	n8n: IExecuteFunctions,
	folder: string,
	work: (target: TargetFolder) => Promise<T>,
): Promise<T> {
	const [candidates = [], ...more] = readPaths([folder], field);
	if (more.length > 0) {
		throw new MasvInputError('There is more than one folder', {
			code: 'value_malformed',
			field,
			hint: 'Enter one folder. Each package gets a folder of its own in it.',
		});
	}
	const location = await resolveFolder(n8n, candidates.at(-1) as string);
	const target = await platform.openTarget(location, (path) => checkWritable(n8n, path, field));
	try {
		return await work(target);
	} finally {
		target.close();
	}
}

/** Without links. n8n resolves only paths of which at most the last name is missing. */
async function resolveFolder(n8n: IExecuteFunctions, path: string): Promise<string> {
	const missing: string[] = [];
	let existing = path;
	while (dirname(existing) !== existing && (await isMissing(existing))) {
		missing.unshift(basename(existing));
		existing = dirname(existing);
	}
	return join(await n8n.helpers.resolvePath(existing), ...missing);
}

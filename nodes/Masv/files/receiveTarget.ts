import type { IExecuteFunctions } from 'n8n-workflow';

import type { TargetFolder } from '../../../masv/download/target';
import { MasvInputError } from '../../../masv/errors';
import { platform } from '../platform';
import { checkWritable } from './fileAccess';
import { readPaths } from './paths';

/**
 * Opens the folder that the user entered, if n8n's rules allow workflows to write there. It is created if it is missing.
 * @param field of errors
 * @throws MasvInputError that names the folder, MasvError if it cannot be opened
 */
export async function receiveTarget(n8n: IExecuteFunctions, folder: string, field: string): Promise<TargetFolder> {
	const [candidates = [], ...more] = readPaths([folder], field);
	if (more.length > 0) {
		throw new MasvInputError('There is more than one folder', {
			code: 'value_malformed',
			field,
			hint: 'Enter one folder. Each package gets a folder of its own in it.',
		});
	}
	const location = await n8n.helpers.resolvePath(candidates.at(-1) as string);
	return await platform.openTarget(location, (path) => checkWritable(n8n, path, field));
}

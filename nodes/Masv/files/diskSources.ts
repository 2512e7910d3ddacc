import { basename, join } from 'node:path';
import type { IExecuteFunctions } from 'n8n-workflow';
import { MasvInputError } from '../../../masv/errors';
import { platform } from '../platform';
import { toPackagePath } from '../../../masv/transfer/places';
import { untilAborted } from '../../../masv/untilAborted';
import { listTree } from './listTree';
import type { NamedSource } from './namedSource';
import { pathField } from './pathError';

/**
 * The files at the given paths, one path per line. Folders are included with all contents, and keep their names.
 * Every file is checked against n8n's own rules on what workflows may read, and opened once to see that it can be read, so
 * that this is known before anything is created in MASV.
 * @throws MasvInputError that names the path
 */
export async function diskSources(n8n: IExecuteFunctions, paths: unknown, folder: string): Promise<NamedSource[]> {
	const listed = (Array.isArray(paths) ? paths : [paths])
		.flatMap((value) => (typeof value === 'string' ? value.split(/\r?\n/) : [String(value ?? '')]))
		.map((line) => expandHome(line.trim()))
		.filter((line) => line !== '');
	if (listed.length === 0) {
		throw new MasvInputError('No path is specified', {
			code: 'value_missing',
			field: pathField,
			hint: 'Enter a file or folder on the machine that runs n8n.',
		});
	}
	const top = toPackagePath(folder, 'Folder in Package');
	const found: NamedSource[] = [];
	const wait = untilAborted(n8n.getExecutionCancelSignal());
	for (const path of listed) {
		// A call to a disk that hangs cannot be stopped, but need not be waited for.
		const files = await wait(listTree(n8n, path, basename(path.replace(/(?<![/\\])[/\\]+$/, '')), top));
		if (files.length === 0) {
			throw new MasvInputError(`The folder "${path}" contains no files`, {
				code: 'folder_empty',
				field: pathField,
				hint: 'Check the path, or add files to the folder first.',
			});
		}
		for (const file of files) found.push(file);
	}
	return found;
}

/** `~/…` is the home folder of the user that runs n8n, as in N8N_RESTRICT_FILE_ACCESS_TO. */
function expandHome(path: string): string {
	return path === '~' || path.startsWith('~/') ? join(platform.disk.homeFolder(), path.slice(1)) : path;
}

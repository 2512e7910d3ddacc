import { basename, join } from 'node:path';
import type { IExecuteFunctions } from 'n8n-workflow';
import { MasvInputError } from '../../../masv/errors';
import type { DiskEntry } from '../../../masv/transfer/disk';
import { platform } from '../platform';
import { checkFileName, toPackagePath } from '../../../masv/transfer/places';
import type { NamedSource } from './namedSource';

const pathField = 'File or Folder Paths';

/**
 * The files at the given paths, one path per line. Folders are included with all contents, and keep their names.
 * Every file is checked against n8n's own rules on what workflows may read.
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
	for (const path of listed) {
		const before = found.length;
		await collect(n8n, path, basename(path.replace(/[/\\]+$/, '')), top, found, new Set());
		if (found.length === before) {
			throw new MasvInputError(`The folder "${path}" contains no files`, {
				code: 'folder_empty',
				field: pathField,
				hint: 'Check the path, or add files to the folder first.',
			});
		}
	}
	return found;
}

/** `~/…` is the home folder of the user that runs n8n, as in N8N_RESTRICT_FILE_ACCESS_TO. */
function expandHome(path: string): string {
	return path === '~' || path.startsWith('~/') ? join(platform.disk.homeFolder(), path.slice(1)) : path;
}

async function collect(
	n8n: IExecuteFunctions,
	path: string,
	name: string,
	folder: string,
	found: NamedSource[],
	parents: ReadonlySet<string>,
): Promise<void> {
	const { location, entry } = await resolveAllowed(n8n, path);
	const { kind, bytes, modifiedAt, stamp } = entry;
	if (kind === 'file') {
		const source = platform.disk.source(location, {
			name: checkFileName(name, pathField),
			path: folder,
			bytes,
			modifiedAt,
			stamp,
		});
		found.push({ ...source, describedAs: path });
		return;
	}
	if (kind === 'other') {
		throw new MasvInputError(`"${path}" is neither a file nor a folder`, {
			code: 'file_kind_unsupported',
			field: pathField,
			hint: 'Devices, pipes and sockets cannot be sent.',
		});
	}
	if (parents.has(location)) {
		throw new MasvInputError(`"${path}" is a link to one of its parent folders`, {
			code: 'folder_link_circular',
			field: pathField,
			hint: 'Remove the link, or send the folders separately.',
		});
	}
	const inside = folder === '' ? name : `${folder}/${name}`;
	for (const inFolder of await platform.disk.list(location)) {
		await collect(n8n, join(path, inFolder), inFolder, inside, found, new Set([...parents, location]));
	}
}

/** The real path and what it refers to, if n8n allows workflows to read it. */
async function resolveAllowed(n8n: IExecuteFunctions, path: string): Promise<{ location: string; entry: DiskEntry }> {
	try {
		const location = await n8n.helpers.resolvePath(path);
		if (!n8n.helpers.isFilePathBlocked(location)) return { location, entry: await platform.disk.look(location) };
	} catch (cause) {
		const code = (cause as { code?: string } | null)?.code;
		const missing = code === 'ENOENT' || code === 'ENOTDIR';
		throw new MasvInputError(
			missing ? `There is no file or folder "${path}"` : `"${path}" cannot be read (${code ?? 'unknown reason'})`,
			{
				code: missing ? 'file_not_found' : 'file_not_readable',
				field: pathField,
				hint: 'The path must exist on the machine, or in the container, that runs n8n.',
				cause,
			},
		);
	}
	throw new MasvInputError(`n8n does not allow workflows to read "${path}"`, {
		code: 'file_not_allowed',
		field: pathField,
		hint: 'Ask your n8n administrator to add the folder to N8N_RESTRICT_FILE_ACCESS_TO.',
	});
}

import { lstat, readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';

import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { MasvInputError } from '../../masv/errors';
import type { FileSource } from '../../masv/upload/source';
import { bufferSource, checkFileName, diskSource, toPackagePath } from '../../masv/upload/source';

/** A source that remembers where it came from, for messages and for finding the same file named twice. */
export type NamedSource = FileSource & { origin: string; location?: string };

const binaryField = 'Input Data Field Name';
const pathField = 'File or Folder Paths';

/** How much is asked of n8n at once where a store streams. Bytes. */
const streamPieceBytes = 1024 * 1024;

/**
 * The files in the named binary fields of one item; `*` stands for all of them.
 * @throws MasvInputError that names the field and the item
 */
export async function binarySources(
	n8n: IExecuteFunctions,
	itemIndex: number,
	fieldNames: string,
	folder: string,
): Promise<NamedSource[]> {
	const binary = n8n.getInputData()[itemIndex]?.binary ?? {};
	const names = fieldNames
		.split(',')
		.map((name) => name.trim())
		.flatMap((name) => (name === '*' ? Object.keys(binary) : [name]));
	const count = n8n.getInputData().length;
	const place = `Item ${itemIndex + 1} of ${count}`;
	if (names.length === 0) {
		throw new MasvInputError(`${place} has no binary data`, {
			field: binaryField,
			hint: 'Let the node before this one output a file.',
		});
	}
	return await Promise.all(names.map(async (name) => await binarySource(n8n, itemIndex, place, name, folder)));
}

async function binarySource(
	n8n: IExecuteFunctions,
	itemIndex: number,
	place: string,
	name: string,
	folder: string,
): Promise<NamedSource> {
	const data = findBinary(n8n, itemIndex, place, name);
	const facts = {
		name: checkFileName(
			basename(
				(data.fileName ?? `${name}${data.fileExtension === undefined ? '' : `.${data.fileExtension}`}`).replaceAll(
					'\\',
					'/',
				),
			),
			binaryField,
		),
		path: toPackagePath(folder, 'Folder in Package'),
		origin: `${place}, field "${name}"`,
	};
	// Without an id the content stands in the item itself, base64-coded.
	if (data.id === undefined) {
		const content = await n8n.helpers.getBinaryDataBuffer(itemIndex, name);
		return { ...bufferSource(content, { ...facts, modifiedAt: new Date() }), origin: facts.origin };
	}
	const { id } = data;
	// Only this mode has a file behind its path; others give a key of their store, which must not be taken for one.
	if (id.startsWith('filesystem')) {
		const location = n8n.helpers.getBinaryPath(id);
		const { size, mtimeMs } = await stat(location);
		return {
			...diskSource(location, { ...facts, bytes: size, modifiedAt: new Date(Math.trunc(mtimeMs)) }),
			origin: facts.origin,
		};
	}
	const bytes = data.bytes ?? (await n8n.helpers.getBinaryMetadata(id)).fileSize;
	return {
		...facts,
		kind: 'stream',
		bytes,
		modifiedAt: new Date(),
		identity: JSON.stringify([id, bytes]),
		open: async () => await n8n.helpers.getBinaryStream(id, streamPieceBytes),
	};
}

function findBinary(n8n: IExecuteFunctions, itemIndex: number, place: string, name: string): IBinaryData {
	try {
		return n8n.helpers.assertBinaryData(itemIndex, name);
	} catch (cause) {
		const there = Object.keys(n8n.getInputData()[itemIndex]?.binary ?? {});
		throw new MasvInputError(`${place} has no binary field "${name}"`, {
			field: binaryField,
			hint:
				there.length > 0
					? `It has: ${there.join(', ')}.`
					: 'It has no binary data at all; let the node before this one output a file.',
			cause,
		});
	}
}

/**
 * The files at the given paths, one path a line. A folder stands for all files in it and keeps its tree, itself included.
 * Every single file passes n8n's own rules on what may be read.
 * @throws MasvInputError that names the path
 */
export async function diskSources(n8n: IExecuteFunctions, paths: unknown, folder: string): Promise<NamedSource[]> {
	const listed = (Array.isArray(paths) ? paths : [paths])
		.flatMap((value) => (typeof value === 'string' ? value.split(/\r?\n/) : [String(value ?? '')]))
		.map((line) => expandHome(line.trim()))
		.filter((line) => line !== '');
	if (listed.length === 0) {
		throw new MasvInputError('No path is given', {
			field: pathField,
			hint: 'Name a file or a folder on the machine that n8n runs on.',
		});
	}
	const top = toPackagePath(folder, 'Folder in Package');
	const found: NamedSource[] = [];
	for (const path of listed) {
		const before = found.length;
		await collect(n8n, path, basename(path.replace(/[/\\]+$/, '')), top, found, new Set());
		if (found.length === before) {
			throw new MasvInputError(`The folder "${path}" holds no files`, {
				field: pathField,
				hint: 'Check the path, or wait until files are in it.',
			});
		}
	}
	return found;
}

/** `~/…` is the home folder of the user that n8n runs as, as in N8N_RESTRICT_FILE_ACCESS_TO. */
function expandHome(path: string): string {
	return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

async function collect(
	n8n: IExecuteFunctions,
	path: string,
	name: string,
	folder: string,
	into: NamedSource[],
	above: ReadonlySet<string>,
): Promise<void> {
	const location = await allowedPath(n8n, path);
	const facts = await stat(location);
	if (facts.isFile()) {
		const { size, mtimeMs } = facts;
		const source = diskSource(location, {
			name: checkFileName(name, pathField),
			path: folder,
			bytes: size,
			modifiedAt: new Date(Math.trunc(mtimeMs)),
		});
		into.push({ ...source, origin: path, location });
		return;
	}
	if (!facts.isDirectory()) {
		throw new MasvInputError(`"${path}" is neither a file nor a folder`, {
			field: pathField,
			hint: 'Devices, pipes and sockets cannot be sent.',
		});
	}
	if (above.has(location)) {
		throw new MasvInputError(`"${path}" is a link to a folder above it`, {
			field: pathField,
			hint: 'Remove the link, or send the folders one by one.',
		});
	}
	const entries = await readdir(location);
	const inside = folder === '' ? name : `${folder}/${name}`;
	for (const entry of entries.sort()) {
		await collect(n8n, join(path, entry), entry, inside, into, new Set([...above, location]));
	}
}

/** The real path behind a name, if n8n lets workflows read it. */
async function allowedPath(n8n: IExecuteFunctions, path: string): Promise<string> {
	let resolved;
	try {
		resolved = await n8n.helpers.resolvePath(path);
		if (!n8n.helpers.isFilePathBlocked(resolved)) await lstat(resolved);
	} catch (cause) {
		const code = (cause as { code?: string } | null)?.code;
		const missing = code === 'ENOENT' || code === 'ENOTDIR';
		throw new MasvInputError(
			missing ? `There is no file or folder "${path}"` : `"${path}" cannot be read (${code ?? 'unknown reason'})`,
			{
				field: pathField,
				hint: 'The path must exist on the machine, or in the container, that n8n runs on.',
				cause,
			},
		);
	}
	if (!n8n.helpers.isFilePathBlocked(resolved)) return resolved;
	throw new MasvInputError(`n8n does not let workflows read "${path}"`, {
		field: pathField,
		hint: 'Ask the administrator of n8n to add its folder to N8N_RESTRICT_FILE_ACCESS_TO.',
	});
}

/** Each file on disk once per place in the package: items that all name the same path mean the same file. */
export function distinctSources(sources: NamedSource[]): NamedSource[] {
	const seen = new Set<string>();
	return sources.filter((source) => {
		if (source.location === undefined) return true;
		const key = JSON.stringify([source.location, source.path, source.name]);
		return !seen.has(key) && seen.add(key) !== undefined;
	});
}

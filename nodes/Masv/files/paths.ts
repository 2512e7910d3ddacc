import { basename, dirname, isAbsolute, join } from 'node:path';
import type { IExecuteFunctions } from 'n8n-workflow';
import { MasvInputError } from '../../../masv/errors';
import type { DiskKind } from '../../../masv/transfer/disk';
import { toWriteError } from '../../../masv/transfer/writeFailure';
import { untilAborted } from '../../../masv/untilAborted';
import { platform } from '../platform';
import { pathField } from './pathError';

/**
 * The paths that the user entered, one per line. Names may end with a blank, and so may lines by mistake: then, the path
 * with the blank is meant if it exists.
 * @returns for each line what it may mean, in this order
 * @throws MasvInputError for a path that is not absolute
 */
export function readPaths(paths: unknown, field = pathField): string[][] {
	const lines = (Array.isArray(paths) ? paths : [paths])
		.flatMap((value) => (typeof value === 'string' ? value.split(/\r?\n/) : [String(value ?? '')]))
		.filter((line) => line.trim() !== '');
	if (lines.length === 0) {
		throw new MasvInputError('No path is specified', {
			code: 'value_missing',
			field,
			hint: 'Enter a file or folder on the machine that runs n8n.',
		});
	}
	return lines.map((line) => {
		const exact = expandHome(line.trimStart());
		const trimmed = exact.trimEnd();
		if (!isAbsolute(trimmed)) throw notAbsoluteError(trimmed, field);
		return exact === trimmed ? [trimmed] : [exact, trimmed];
	});
}

/** The same for a field that takes one path. @returns what it may mean */
export function readPath(path: string, field: string): string[] {
	const [candidates = [], ...more] = readPaths([path], field);
	if (more.length === 0) return candidates;
	throw new MasvInputError(`${field} contains more than one path`, {
		code: 'value_malformed',
		field,
		hint: 'Enter one path.',
	});
}

/** The first of these paths at which something is, or else the last one. @param candidates see {@link readPath} */
export async function pickExisting(candidates: readonly string[]): Promise<string> {
	const last = candidates.at(-1) as string;
	for (const path of candidates) if (path !== last && !(await isMissing(path))) return path;
	return last;
}

/** Whether nothing is at a path, or at what a link there leads to. */
async function isMissing(path: string): Promise<boolean> {
	return await platform.disk.resolve(path).then(
		() => false,
		({ code }: NodeJS.ErrnoException) => code === 'ENOENT' || code === 'ENOTDIR',
	);
}

type PathContext = Pick<IExecuteFunctions, 'helpers' | 'getExecutionCancelSignal'>;

/**
 * Where something is, or would be: without links. n8n resolves only paths of which at most the last name is missing, and its
 * call has no time limit.
 * @throws the system's error
 */
export async function resolvePlace(n8n: PathContext, path: string): Promise<string> {
	const resolve = async (): Promise<string> => {
		const missing: string[] = [];
		let existing = path;
		while (dirname(existing) !== existing && (await isMissing(existing))) {
			missing.unshift(basename(existing));
			existing = dirname(existing);
		}
		return join(await platform.disk.within(n8n.helpers.resolvePath(existing)), ...missing);
	};
	return await untilAborted(n8n.getExecutionCancelSignal())(resolve());
}

/** The same for a folder that is to receive files. @throws MasvError that names it */
export async function resolveTarget(n8n: PathContext, path: string): Promise<string> {
	return await resolvePlace(n8n, path).catch((error: unknown) => {
		throw toWriteError({ path: '', name: path }, error);
	});
}

/** @param location without links. @throws MasvInputError if a file is where the folder, or one above it, would be */
export async function refuseFile(location: string, field: string): Promise<void> {
	let place = location;
	let kind = await kindOf(place);
	while (kind === undefined && dirname(place) !== place) {
		place = dirname(place);
		kind = await kindOf(place);
	}
	if (kind === undefined || kind === 'folder') return;
	throw new MasvInputError(`"${place}" is a file, not a folder`, {
		code: 'folder_invalid',
		field,
		hint: 'Enter the path of a folder. It is created if it does not exist.',
	});
}

/** Undefined if nothing is there, or if that is not known. */
async function kindOf(location: string): Promise<DiskKind | undefined> {
	return await platform.disk.look(location).catch(() => undefined);
}

/** `~/…` is the home folder of the user that runs n8n, as in N8N_RESTRICT_FILE_ACCESS_TO. */
function expandHome(path: string): string {
	return /^~(\/|\s*$)/.test(path) ? join(platform.disk.homeFolder(), path.slice(1)) : path;
}

function notAbsoluteError(path: string, field: string): MasvInputError {
	return new MasvInputError(`"${path}" is not a full path on the machine (or container) n8n runs on`, {
		code: 'path_not_absolute',
		field,
		hint: adviceOn(path),
	});
}

function adviceOn(path: string): string {
	const inQuotes = /^(["'\u0060])(.*)\1$|^[\u2018\u201c\u201e](.*)[\u2018\u2019\u201c\u201d]$/.exec(path);
	const quoted = inQuotes?.[2] ?? inQuotes?.[3];
	if (quoted !== undefined) return `Enter it without quotes: ${quoted}`;
	if (/^file:/i.test(path)) return `Enter the path instead of a URL: ${pathOfUrl(path)}`;
	if (/^([a-z]:|\\\\)/i.test(path)) {
		return 'This is a path on Windows, and n8n runs on another system. Enter the path that the folder has there.';
	}
	return `Enter the path from the root on, such as "${join(platform.disk.homeFolder(), path)}".`;
}

/** Not with `fileURLToPath`, which is strict: this is a suggestion. */
function pathOfUrl(url: string): string {
	const path = url.replace(/^file:(\/\/(localhost)?(?=\/))?/i, '');
	try {
		return decodeURIComponent(path);
	} catch {
		return path;
	}
}

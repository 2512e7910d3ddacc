import type { IExecuteFunctions } from 'n8n-workflow';
import { MasvInputError } from '../../../masv/errors';
import type { Disk } from '../../../masv/transfer/disk';
import { printable, toPackagePath } from '../../../masv/transfer/places';
import { untilAborted } from '../../../masv/untilAborted';
import type { FoundFiles } from './foundFiles';
import type { LeaveOut } from './leaveOut';
import { listTree } from './listTree';
import { pathField } from './pathError';
import { platform } from '../platform';
import type { DiskSource } from './namedSource';
import { readPaths } from './paths';
import type { KeepFile } from './treeReader';

/** What is at the given paths, see {@link findOnDisk}, to be sent. */
export async function diskSources(
	n8n: IExecuteFunctions,
	paths: unknown,
	folder: string,
	leaveOut: readonly LeaveOut[],
): Promise<FoundFiles<DiskSource>> {
	return await findOnDisk(n8n, paths, folder, leaveOut, keepSource(platform.disk));
}

/** Keeps a file as a source. */
export function keepSource(disk: Disk): KeepFile<DiskSource> {
	return ({ location, ...facts }, place) => disk.source(location, { ...facts, ...place });
}

/**
 * What is at the given paths, one path per line. Folders are included with all contents, and keep their names.
 * Every file is checked against n8n's own rules on what workflows may read, and opened once to see that it can be read, so
 * that this is known before anything is created in MASV.
 * @param options `mayBeEmpty`: whether a path at which there are no files is no error
 * @throws MasvInputError that names the path
 */
export async function findOnDisk<F extends object>(
	n8n: IExecuteFunctions,
	paths: unknown,
	folder: string,
	leaveOut: readonly LeaveOut[],
	keep: KeepFile<F>,
	{ mayBeEmpty = false } = {},
): Promise<FoundFiles<F>> {
	const top = toPackagePath(folder, 'Folder in Package');
	const all: FoundFiles<F> = { sources: [], emptyFolders: [], leftOut: [] };
	const wait = untilAborted(n8n.getExecutionCancelSignal());
	for (const candidates of readPaths(paths)) {
		// A call to a disk that hangs cannot be stopped, but need not be waited for.
		const found = await wait(listTree(n8n, candidates, top, leaveOut, keep));
		if (found.sources.length === 0 && !mayBeEmpty) throw emptyError(candidates.at(-1) as string, found);
		for (const source of found.sources) all.sources.push(source);
		for (const empty of found.emptyFolders) all.emptyFolders.push(empty);
		for (const left of found.leftOut) all.leftOut.push(left);
	}
	return all;
}

/** An empty folder is more often a drive that is not mounted than what somebody wants to send. */
function emptyError(path: string, { leftOut }: Pick<FoundFiles, 'leftOut'>): MasvInputError {
	const first = leftOut.slice(0, 3).map((each) => `"${printable(each.path)}" (${each.reason})`);
	return new MasvInputError(`The folder "${path}" contains no files`, {
		code: 'folder_empty',
		field: pathField,
		hint:
			first.length === 0
				? 'Check the path, or add files to the folder first.'
				: `Check the path and the option Leave Out. Left out: ${first.join(', ')}${leftOut.length > 3 ? ' and others' : ''}.`,
	});
}

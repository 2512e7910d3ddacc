import { join } from 'node:path';
import type { IExecuteFunctions } from 'n8n-workflow';

import { MasvInputError } from '../../../masv/errors';
import type { AfterSending } from '../../../masv/sync/sendNewRequest';
import { platform } from '../platform';
import { checkWritable, isInside } from './fileAccess';
import { pathField, toPathError } from './pathError';
import { pickExisting, readPath, refuseFile, resolvePlace, resolveTarget } from './paths';
import { topName } from './treeReader';

const field = 'Folder for Sent Files';

/**
 * What is to be done with files that were sent. What a link has led to is elsewhere, and stays.
 * @param sent the files and folders that are sent
 * @param top the folder in the package that they go to
 * @returns undefined: they stay
 * @throws MasvInputError if they cannot be moved to the folder
 */
export async function readAfterSending(
	n8n: IExecuteFunctions,
	{ afterSending, sentFolder }: { afterSending: 'keep' | 'move' | 'delete'; sentFolder: string },
	sent: readonly string[],
	top: string,
): Promise<AfterSending | undefined> {
	if (afterSending === 'keep') return undefined;
	const check = (location: string): void => checkWritable(n8n, location, 'After Sending');
	const found = await Promise.all(sent.map(async (path) => await findPlace(n8n, path)));
	const isBelow = (location: string): boolean => found.some((place) => isInside(location, place.location));
	let moveTo: string | undefined;
	if (afterSending === 'move') {
		const target = await resolveTarget(n8n, readPath(sentFolder, field).at(-1) as string);
		checkWritable(n8n, target, field);
		await refuseFile(target, field);
		/** Where what is sent ends up. There, it would be found again. */
		const moved = found.map(({ name }) => join(target, top, name));
		const isFound = moved.some((place) => isBelow(place) || found.some(({ location }) => isInside(location, place)));
		if (isFound) throw insideError(sentFolder);
		moveTo = target;
	}
	const clearing = platform.clearing(moveTo, check);
	return { ...clearing, clear: async (file) => (isBelow(file.location) ? await clearing.clear(file) : linked) };
}

const linked = { reason: 'it is not in the folders that are sent: a link leads to it', isFinal: true };

function insideError(folder: string): MasvInputError {
	return new MasvInputError(`What is moved to the folder "${folder}" would be in a folder that is sent`, {
		code: 'folder_invalid',
		field,
		hint: 'Enter a folder of its own on the same disk, such as one beside the folders that are sent.',
	});
}

/** What is listed at a path, without links, and its name in the package. */
async function findPlace(n8n: IExecuteFunctions, path: string): Promise<{ location: string; name: string }> {
	const shown = await pickExisting(readPath(path, pathField));
	const location = await resolvePlace(n8n, shown).catch((error: unknown) => {
		throw toPathError(shown, error);
	});
	return { location, name: topName(shown, location) };
}

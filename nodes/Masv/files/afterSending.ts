import { join } from 'node:path';
import type { IExecuteFunctions } from 'n8n-workflow';

import { MasvInputError } from '../../../masv/errors';
import type { AfterSending } from '../../../masv/sync/sendNewRequest';
import { platform } from '../platform';
import { checkWritable, isInside } from './fileAccess';
import { readPaths } from './paths';

const field = 'Folder for Sent Files';

/**
 * What is to be done with files that were sent. What a link has led to is elsewhere, and stays.
 * @param sent the files and folders that are sent
 * @returns undefined: they stay
 * @throws MasvInputError if they cannot be moved to the folder
 */
export async function readAfterSending(
	n8n: IExecuteFunctions,
	{ afterSending, sentFolder }: { afterSending: 'keep' | 'move' | 'delete'; sentFolder: string },
	sent: readonly string[],
): Promise<AfterSending | undefined> {
	if (afterSending === 'keep') return undefined;
	const check = (location: string): void => checkWritable(n8n, location, 'After Sending');
	const places = await Promise.all(sent.map(async (path) => await resolve(n8n, path, 'File or Folder Paths')));
	let moveTo: string | undefined;
	if (afterSending === 'move') {
		const target = await resolve(n8n, sentFolder, field);
		check(target);
		if (places.some((place) => isInside(target, place))) throw insideError(sentFolder);
		moveTo = target;
	}
	const clearing = platform.clearing(moveTo, check);
	const isBelow = (location: string): boolean => places.some((place) => isInside(location, place));
	return { ...clearing, clear: async (file) => (isBelow(file.location) ? await clearing.clear(file) : linked) };
}

const linked = { reason: 'it is not in the folders that are sent: a link leads to it', isFinal: true };

function insideError(folder: string): MasvInputError {
	return new MasvInputError(`The folder "${folder}" is in a folder that is sent`, {
		code: 'folder_invalid',
		field,
		hint: 'Enter a folder outside of the folders that are sent, on the same disk.',
	});
}

async function resolve(n8n: IExecuteFunctions, path: string, of: string): Promise<string> {
	const [candidates = []] = readPaths([path], of);
	return join(await n8n.helpers.resolvePath(candidates.at(-1) as string));
}

import { dirname } from 'node:path';

import { undefinedIfMissing } from './openOwn';
import type { WriteCalls } from './writeCalls';
import { writeCalls } from './writeCalls';

/**
 * Whether a file that is missing is on a disk that is not mounted: then the folder that is left of its path is empty, and on the disk
 * around it. Otherwise, somebody has removed it.
 * @param device of the file, see `FileStamp`
 * @param mounted devices that are: a share has another number each time it is mounted, and its folder may be empty now
 * @throws errors with the system's `code`
 */
export async function isUnmounted(
	location: string,
	device: string,
	mounted: ReadonlySet<string>,
	calls: Pick<WriteCalls, 'list' | 'lookAt'> = writeCalls,
): Promise<boolean> {
	let folder = dirname(location);
	let found = await calls.lookAt(folder).catch(undefinedIfMissing);
	while (found === undefined && folder !== dirname(folder)) {
		folder = dirname(folder);
		found = await calls.lookAt(folder).catch(undefinedIfMissing);
	}
	if (found === undefined || !found.isDirectory() || String(found.dev) === device) return false;
	if (mounted.has(String(found.dev))) return false;
	return (await calls.list(folder)).length === 0;
}

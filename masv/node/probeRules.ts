import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';

import type { NameRules } from '../download/nameRules';
import { nameRules } from '../download/nameRules';
import type { OpenFolder } from './openFolder';
import { openPatiently } from './openAt';
import type { WriteCalls } from './writeCalls';

const create = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/**
 * Which names the disk of a folder can have, found out with a file that is removed again: Linux and macOS mount disks of all
 * systems, and disks that ignore case or do not.
 * @throws errors with the system's `code`: nothing can be created in the folder
 */
export async function probeRules(folder: OpenFolder, calls: WriteCalls): Promise<NameRules> {
	if (process.platform === 'win32') return nameRules.windows;
	// Upper case, composed, and with what Windows does not allow: a question mark, and a dot at the end.
	const plain = `.masv-probe-\u00c9${randomUUID()}`;
	const special = `${plain}?.`;
	const name = await createEmpty(folder, special, calls).catch(async () => await createEmpty(folder, plain, calls));
	try {
		const isSame = async (other: string): Promise<boolean> => await exists(folder.at(other), calls);
		return {
			...(process.platform === 'darwin' ? nameRules.macos : nameRules.linux),
			// Disks that drop the dot have a file without it.
			forWindows: name === plain || (await isSame(special.slice(0, -1))),
			ignoresCase: await isSame(name.replace('\u00c9', '\u00e9')),
			ignoresForm: await isSame(name.normalize('NFD')),
		};
	} finally {
		await calls.remove(folder.at(name)).catch(() => undefined);
	}
}

async function createEmpty(folder: OpenFolder, name: string, calls: WriteCalls): Promise<string> {
	calls.close(await openPatiently(folder.at(name), create, calls));
	return name;
}

async function exists(path: string, calls: WriteCalls): Promise<boolean> {
	return await calls.lookAt(path).then(
		() => true,
		() => false,
	);
}

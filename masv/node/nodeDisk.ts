import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';

import type { Disk } from '../transfer/disk';
import { diskSource } from './diskSource';

export const nodeDisk: Disk = {
	homeFolder: homedir,
	look: async (location) => {
		const facts = await stat(location);
		const kind = facts.isFile() ? 'file' : facts.isDirectory() ? 'folder' : 'other';
		return { kind, bytes: facts.size, modifiedAt: new Date(Math.trunc(facts.mtimeMs)) };
	},
	list: async (location) => (await readdir(location)).sort(),
	source: diskSource,
};

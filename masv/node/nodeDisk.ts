import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';

import type { Disk } from '../transfer/disk';
import { diskSource } from './diskSource';

export const nodeDisk: Disk = {
	homeFolder: homedir,
	look: async (location) => {
		const stats = await stat(location);
		const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
		return { kind, bytes: stats.size, modifiedAt: new Date(Math.trunc(stats.mtimeMs)) };
	},
	list: async (location) => (await readdir(location)).sort(),
	source: diskSource,
};

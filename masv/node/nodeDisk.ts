import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';

import type { Disk } from '../transfer/disk';
import { diskSource } from './diskSource';
import { toStamp } from './fileStamp';

export const nodeDisk: Disk = {
	homeFolder: homedir,
	look: async (location) => {
		const stats = await stat(location, { bigint: true });
		const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
		return { kind, bytes: Number(stats.size), modifiedAt: new Date(Number(stats.mtimeMs)), stamp: toStamp(stats) };
	},
	list: async (location) => (await readdir(location)).sort(),
	source: diskSource,
};

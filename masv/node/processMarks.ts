import { constants } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { createOwnFolder } from './createFolder';
import { openOwn } from './openOwn';

/** What a process of n8n is for, if there are several. */
export type ProcessKind = 'main' | 'webhook' | 'worker';

export interface ProcessMarks {
	/**
	 * Whether a process of another kind has left its mark in the folder within the last days. Where n8n consists of several processes,
	 * there is at least one of another kind, and a folder in which it never was is not shared.
	 * @throws errors with the system's `code` if the folder cannot be read
	 */
	hasOthers(): Promise<boolean>;
}

const dayMs = 24 * 3_600_000;

/** Marks are renewed daily. */
const lifeMs = 8 * dayMs;

/**
 * Leaves the mark of this process in a folder, and renews it daily for as long as the process lives. There is one per kind and
 * host: containers get a new host name, processes restart, and a mark of the same kind does not show that a folder is shared.
 * @param options.host for people who look into the folder
 * @param options.every starts what is to be done again and again, and does not keep the process alive
 */
export function leaveMark(
	folder: string,
	kind: ProcessKind,
	{ host = hostname(), every = systemInterval }: { host?: string; every?: Interval } = {},
): ProcessMarks {
	const own = join(folder, `${kind}-${host.replaceAll(/[^\w.-]/g, '_').slice(0, 100)}.json`);
	const since = new Date().toISOString();
	const leave = async (): Promise<void> => {
		await createOwnFolder(folder);
		const handle = await openOwn(own, O_WRONLY | O_CREAT | O_TRUNC);
		await handle.writeFile(`${JSON.stringify({ kind, host, since })}\n`).finally(async () => await handle.close());
	};
	const leaveQuietly = (): Promise<void> => leave().catch(() => undefined);
	let left = leaveQuietly();
	every(() => void (left = leaveQuietly()), dayMs);
	return {
		hasOthers: async () => {
			await left;
			// Dated by the clock of the folder, which may differ from that of this machine.
			const oldestMs = (await stat(own)).mtimeMs - lifeMs;
			for (const name of await readdir(folder)) {
				const [, other] = /^(main|webhook|worker)-/.exec(name) ?? [];
				if (other === undefined || other === kind) continue;
				const file = join(folder, name);
				const mark = await stat(file).catch(() => undefined);
				if (mark !== undefined && mark.mtimeMs >= oldestMs) return true;
				await rm(file, { force: true }).catch(() => undefined);
			}
			return false;
		},
	};
}

type Interval = (run: () => void, ms: number) => void;

const systemInterval: Interval = (run, ms) => void setInterval(run, ms).unref();

const { O_CREAT, O_TRUNC, O_WRONLY } = constants;

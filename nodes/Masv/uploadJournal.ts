import { homedir } from 'node:os';
import { join } from 'node:path';

import type { IExecuteFunctions } from 'n8n-workflow';

import type { Journal } from '../../masv/upload/journal';
import { folderJournal } from '../../masv/upload/journal';

/**
 * Where this n8n keeps the journals of unfinished uploads: beside its own data, so that they outlive a restart wherever its
 * data does. In queue mode a retry may run on another worker; it can resume when all workers share N8N_STORAGE_PATH or
 * N8N_USER_FOLDER, and sends everything again when they do not. A folder that cannot be written costs resuming, not sending.
 */
export function uploadJournal(n8n: IExecuteFunctions): Journal {
	const { N8N_STORAGE_PATH: shared, N8N_USER_FOLDER: userFolder } = process.env;
	const folder = shared === undefined || shared === '' ? join(userFolder ?? homedir(), '.n8n') : shared;
	const journal = folderJournal(join(folder, 'masv-uploads'));
	let isBroken = false;
	return {
		claim: async (key) => {
			if (isBroken) return undefined;
			try {
				return await journal.claim(key);
			} catch (error) {
				isBroken = true;
				n8n.logger.warn(`MASV: uploads cannot be resumed, ${folder} cannot be written (${(error as Error).message})`);
				return undefined;
			}
		},
	};
}

/** Whose work it is: this node of this workflow. */
export function uploadScope(n8n: IExecuteFunctions): string {
	return `${n8n.getWorkflow().id ?? 'unsaved'}/${n8n.getNode().id}`;
}

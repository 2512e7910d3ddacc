import type { IExecuteFunctions } from 'n8n-workflow';

import type { Journal } from '../../../masv/transfer/journal';
import { dataFolder } from './dataFolder';
import { folderJournal } from '../../../masv/node/folderJournal';

/**
 * Where this n8n keeps the journals of unfinished uploads. In queue mode a retry may run on another worker; it can resume
 * when all workers share the folder, and sends everything again when they do not. A folder that cannot be written costs
 * resuming, not sending.
 */
export function uploadJournal(n8n: IExecuteFunctions): Journal {
	const folder = dataFolder('masv-uploads');
	const journal = folderJournal(folder);
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

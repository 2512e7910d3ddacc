import type { Logger } from 'n8n-workflow';

import { platform } from './platform';

/** Says in n8n's log, once per process, that the processes of queue mode do not share the folder. Never fails, and is not waited for. */
export function warnIfUnshared({ logger }: { logger: Pick<Logger, 'warn'> }): void {
	void platform.findUnshared().then((folder) => {
		if (folder === undefined) return;
		logger.warn(
			`MASV: the processes of n8n do not share ${folder}: in queue mode, others should have left their mark in masv-processes there. ` +
				'Until they share it, another worker does not resume an interrupted transfer, two workers may send or receive the same ' +
				'files at the same moment, each worker has its own ledger of sent and received files, and an event that two processes ' +
				'receive starts two executions. Set N8N_STORAGE_PATH to a folder that all of them share',
		);
	});
}

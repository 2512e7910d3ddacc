import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * A folder of ours beside n8n's own data, so that it outlives a restart wherever that does. Processes on several machines
 * share it when they share N8N_STORAGE_PATH or N8N_USER_FOLDER.
 */
export function dataFolder(name: string): string {
	const { N8N_STORAGE_PATH: shared, N8N_USER_FOLDER: userFolder } = process.env;
	return join(shared === undefined || shared === '' ? join(userFolder ?? homedir(), '.n8n') : shared, name);
}

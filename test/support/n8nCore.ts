import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let dataFolder: string | undefined;

afterAll(() => {
	if (dataFolder !== undefined) rmSync(dataFolder, { recursive: true, force: true });
});

/** Loads n8n-core, which reads these variables when it is loaded, and writes a settings file to the folder. */
export async function loadN8nCore() {
	process.env.N8N_USER_FOLDER ??= dataFolder = mkdtempSync(join(tmpdir(), 'masv-n8n-'));
	process.env.N8N_ENCRYPTION_KEY ??= 'test';
	return await import('n8n-core');
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { INodeExecutionData } from 'n8n-workflow';

import { Masv } from '../../nodes/Masv/Masv.node';
import type { FakeN8nOptions } from './fakeN8n';
import { fakeN8n } from './fakeN8n';

/** Call at the top of a test file: the journal of uploads is in a temporary folder. */
export function useDataFolder(): void {
	const before = process.env.N8N_STORAGE_PATH;
	beforeAll(async () => {
		process.env.N8N_STORAGE_PATH = await mkdtemp(join(tmpdir(), 'masv-journal-'));
	});
	afterAll(async () => {
		await rm(process.env.N8N_STORAGE_PATH as string, { recursive: true });
		if (before === undefined) delete process.env.N8N_STORAGE_PATH;
		else process.env.N8N_STORAGE_PATH = before;
	});
}

/** Runs the MASV node. @returns the items of its output */
export async function runMasv(options: FakeN8nOptions): Promise<INodeExecutionData[]> {
	const [output = []] = await new Masv().execute.call(fakeN8n(options).n8n);
	return output;
}

/** An item without data. */
export const emptyItem = (): INodeExecutionData => ({ json: {} });

import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { nodeLoad } from '../../../masv/node/nodeLoad';
import { nodePlatform } from '../../../nodes/Masv/platform/nodePlatform';

const { N8N_STORAGE_PATH: storagePath, N8N_USER_FOLDER: userFolder } = process.env;

let folder: string;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'masv-platform-'));
});
afterEach(async () => {
	restore('N8N_STORAGE_PATH', storagePath);
	restore('N8N_USER_FOLDER', userFolder);
	await rm(folder, { recursive: true, force: true });
});

function restore(name: string, value: string | undefined): void {
	if (value === undefined) delete process.env[name];
	else process.env[name] = value;
}

const failOnError = (...reasons: unknown[]): never => {
	throw new Error(reasons.join(' '));
};

describe('the data folder', () => {
	it.each(['', undefined])('is beside the data of n8n if N8N_STORAGE_PATH is %j', async (shared) => {
		restore('N8N_STORAGE_PATH', shared);
		process.env.N8N_USER_FOLDER = folder;
		const record = await nodePlatform.bookkeeping(failOnError).journal.open('key');
		await record.close();
		expect(await readdir(join(folder, '.n8n'))).toEqual(['masv-uploads']);
	});

	it('is in N8N_STORAGE_PATH', async () => {
		process.env.N8N_STORAGE_PATH = folder;
		const record = await nodePlatform.bookkeeping(failOnError).journal.open('key');
		await record.close();
		expect(await readdir(folder)).toEqual(['masv-uploads']);
	});
});

describe('the bookkeeping of uploads', () => {
	it('records them and gives leases', async () => {
		process.env.N8N_STORAGE_PATH = folder;
		const { journal, leases } = nodePlatform.bookkeeping(failOnError);
		const lease = await leases.take('key');
		const record = await journal.open('key');
		await record.append({ part: 1 });
		await record.close();
		if (typeof lease !== 'object') throw new Error(`The lease is ${lease}`);
		await lease.release();
		expect((await readdir(join(folder, 'masv-uploads'))).sort()).toEqual(['key.jsonl', 'key.lease']);
	});

	it('in a folder that cannot be written reports that once, and records nothing', async () => {
		process.env.N8N_STORAGE_PATH = join(folder, 'a file');
		await writeFile(process.env.N8N_STORAGE_PATH, '');
		const reported: string[][] = [];
		const { journal, leases } = nodePlatform.bookkeeping((...report) => reported.push(report));
		expect(await leases.take('one')).toBeUndefined();
		expect((await journal.open('one')).lines).toEqual([]);
		await (await journal.open('other')).append({ part: 1 });
		expect(reported).toEqual([[join(folder, 'a file', 'masv-uploads'), expect.stringContaining('ENOTDIR')]]);
	});
});

describe('the memory of events', () => {
	it('is the same for each delivery to one node, and another for another node', () => {
		process.env.N8N_STORAGE_PATH = folder;
		const memory = nodePlatform.eventMemory('node', failOnError);
		expect(nodePlatform.eventMemory('node', failOnError)).toBe(memory);
		expect(nodePlatform.eventMemory('other', failOnError)).not.toBe(memory);
	});
});

it('watches how busy the processor is before it adds connections to a line', () => {
	const watch = jest.spyOn(nodeLoad, 'watch');
	const user = { isFull: () => true, inUse: () => 0, onChange: () => undefined };
	nodePlatform.lines.join('to https://watched.test', user).leave();
	expect(watch).toHaveBeenCalledTimes(1);
	watch.mockRestore();
});

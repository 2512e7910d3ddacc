import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { type Sandbox, startSandbox } from '../sandbox/start.ts';
import type { Item } from './n8n/runData.ts';
import type { WorkflowNode } from './n8n/workflows.ts';
import { type Lab, type Outcome, openLab, sha256, toWorkflow } from './support/lab.ts';
import { triggerType } from './support/triggerLab.ts';

/** What was reported about comparable tools, tried with this package in n8n. One n8n for all, which allows one address. */
let lab: Lab;

beforeAll(async () => {
	lab = await openLab({
		ownN8n: { env: { N8N_SSRF_PROTECTION_ENABLED: 'true', N8N_SSRF_ALLOWED_IP_RANGES: '127.0.0.1/32' } },
	});
});

afterAll(async () => {
	await lab?.close();
});

interface SentOutput {
	link_url: string | null;
	package: { id: string; name: string };
	files: Array<{ name: string; path: string }>;
	folders_not_created: string[];
}

function sending(more: Record<string, unknown>): Record<string, unknown> {
	return { resource: 'package', operation: 'send', packageName: 'Report', source: 'path', createLink: false, ...more };
}

function sentBy({ items, error }: Outcome): SentOutput {
	expect(error?.message).toBeUndefined();
	return (items[0] as Item).json as unknown as SentOutput;
}

/** Everything that the sandbox stores of a package: hashes of the files by place, and the folders. */
async function contentOf(sandbox: Sandbox, packageId: string): Promise<{ files: unknown; folders: string[] }> {
	const files: Record<string, string> = {};
	const folders: string[] = [];
	for (const { id, path, name, kind } of sandbox.files(packageId)) {
		if (kind === 'directory') folders.push(join(path, name));
		else files[join(path, name)] = await sandbox.sha256(packageId, id);
	}
	return { files, folders: folders.sort() };
}

describe('a value of another type than the field, from an expression', () => {
	it.each([
		['the text "false"', "={{ 'false' }}", 0],
		['the number 0', '={{ 0 }}', 0],
		['the text "true"', "={{ 'true' }}", 1],
	])('makes a link only if that is meant: %s', async (_, createLink, links) => {
		const paths = await lab.write('link.txt', 'a');
		const sent = sentBy(await lab.run({ parameters: sending({ paths, createLink }) }));
		expect(lab.sandbox.links(sent.package.id)).toHaveLength(links);
		expect(sent.link_url === null).toBe(links === 0);
	});

	it('makes no package if it is unclear whether a link is meant', async () => {
		const before = lab.sandbox.packages().length;
		const paths = await lab.write('link.txt', 'a');
		const { error } = await lab.run({ parameters: sending({ paths, createLink: "={{ 'maybe' }}" }) });
		expect(error?.message).toContain('Create Link');
		expect(lab.sandbox.packages()).toHaveLength(before);
	});

	it('names the package if it is a number', async () => {
		const paths = await lab.write('number.txt', 'a');
		const sent = sentBy(await lab.run({ parameters: sending({ paths, packageName: '={{ 20261121 }}' }) }));
		expect([sent.package.name, lab.sandbox.package(sent.package.id)?.name]).toEqual(['20261121', '20261121']);
	});

	it('keeps the limit of a list if it is the text "false"', async () => {
		for (let count = 0; count < 3; count++) lab.sandbox.seedPackage();
		const list = { resource: 'package', operation: 'getAll', returnAll: "={{ 'false' }}", limit: '={{ "2" }}' };
		expect((await lab.run({ parameters: list })).items).toHaveLength(2);
	});
});

describe('a tree', () => {
	const files = {
		'camera/A001 reel /clip.mov': 'a name that ends with a blank',
		'camera/#1 50% & more?.txt': 'not part of a URL',
		'camera/Größe 映画 🎬/e\u0301.txt': 'names of every kind',
	};

	const hashes = Object.fromEntries(Object.entries(files).map(([place, content]) => [place, sha256(content)]));
	const emptyFolders = ['camera/CONTENTS/VOICE', 'camera/empty'];

	it.each([
		['accepts', {}, emptyFolders, []],
		['refuses', { directories: 'refused' }, [], emptyFolders],
	] as const)(
		'arrives whole, whatever its names are, on a MASV that %s empty folders',
		async (_, options, folders, notCreated) => {
			for (const [place, content] of Object.entries(files)) await lab.write(place, content);
			for (const folder of emptyFolders) await mkdir(join(lab.folder, folder), { recursive: true });
			await lab.switchSandbox(options);
			const sent = sentBy(await lab.run({ parameters: sending({ paths: join(lab.folder, 'camera') }) }));
			expect(await contentOf(lab.sandbox, sent.package.id)).toEqual({ files: hashes, folders });
			expect(lab.sandbox.package(sent.package.id)?.state).toBe('finalized');
			expect([...sent.folders_not_created].sort()).toEqual(notCreated);
		},
	);
});

describe('a failed test of the MASV Trigger', () => {
	const listening = async (type: string, credentials: WorkflowNode['credentials']): Promise<() => Promise<void>> => {
		const node = { name: 'Trigger', type, position: [0, 0] as [number, number], webhookId: randomUUID(), credentials };
		const own =
			type === triggerType
				? { typeVersion: 1, parameters: {} }
				: { typeVersion: 2, parameters: { path: 'plain', httpMethod: 'POST', options: {} } };
		const workflow = await lab.client.workflows.create({ name: type, nodes: [{ ...node, ...own }], connections: {} });
		return async () => {
			await lab.client.triggers.listen(workflow, 'Trigger');
			await lab.client.triggers.stopListening(workflow);
		};
	};

	it('does not keep other triggers from listening', async () => {
		const { teamId, url } = lab.sandbox;
		const { id, name } = await lab.addCredential('Wrong key', 'masvApi', { apiKey: 'wrong', teamId, baseUrl: url });
		const testMasv = await listening(triggerType, { masvApi: { id, name } });
		await expect(testMasv()).rejects.toThrow(/API Key/);
		const testPlain = await listening('n8n-nodes-base.webhook', undefined);
		await testPlain();
		await expect(testMasv()).rejects.toThrow(/API Key/);
		await testPlain();
	});
});

describe("n8n's combined binary mode", () => {
	it.each([
		['by name', 'data'],
		['all of the item', '*'],
		['by expression', '={{ $json._files.data }}'],
	])('sends a file named %s', async (_, binaryPropertyName) => {
		const content = `content for ${binaryPropertyName}`;
		const path = await lab.write('combined.txt', content);
		const { id, name } = lab.credential;
		const parameters = sending({ source: 'binary', binaryPropertyName });
		const workflow = await lab.client.workflows.create({
			...toWorkflow({ parameters, read: path, credentials: { masvApi: { id, name } } }),
			settings: { binaryMode: 'combined' },
		});
		const execution = await lab.runWorkflow(workflow);
		const read = execution.run?.resultData.runData.Read?.[0]?.data?.main?.[0]?.[0];
		expect(read).toMatchObject({ json: { _files: { data: { fileName: 'combined.txt' } } } });
		const items = execution.run?.resultData.runData.MASV?.[0]?.data?.main?.[0] ?? [];
		const sent = (items[0] as Item).json as unknown as SentOutput;
		expect((await contentOf(lab.sandbox, sent.package.id)).files).toEqual({ 'combined.txt': sha256(content) });
	});
});

describe("n8n's network policy", () => {
	it('lets no request through to an address that it forbids', async () => {
		const forbidden = await startSandbox({ host: '127.0.0.2' });
		try {
			const { apiKey, teamId, url } = forbidden;
			const { id, name } = await lab.addCredential('Forbidden', 'masvApi', { apiKey, teamId, baseUrl: url });
			const paths = await lab.write('policy.txt', 'a');
			const { error } = await lab.run({
				parameters: sending({ paths }),
				credentials: { masvApi: { id, name } },
			});
			expect(error?.message).toMatch(/policy/i);
			expect(forbidden.requests).toEqual([]);
		} finally {
			await forbidden.close();
		}
	});

	it('lets no credential test through to an address that it forbids', async () => {
		const forbidden = await startSandbox({ host: '127.0.0.2' });
		try {
			const { apiKey, teamId, url } = forbidden;
			const credential = await lab.addCredential('Tested', 'masvApi', { apiKey, teamId, baseUrl: url });
			const { status, message } = await lab.client.credentials.test(credential);
			expect([status, message]).toEqual(['Error', expect.stringMatching(/policy/i)]);
			expect(forbidden.requests).toEqual([]);
		} finally {
			await forbidden.close();
		}
	});

	it('lets no part through to a storage that it forbids', async () => {
		const storage = await startSandbox({ host: '127.0.0.2' });
		const { storageKeys, storageUrl } = storage;
		const api = await startSandbox({ s3: { endpoint: storageUrl, ...storageKeys } });
		try {
			const { apiKey, teamId, url } = api;
			const { id, name } = await lab.addCredential('Storage', 'masvApi', { apiKey, teamId, baseUrl: url });
			const paths = await lab.write('policy.txt', 'a');
			storage.requests.length = 0;
			const { error } = await lab.run({
				parameters: sending({ paths, transfer: { retryMinutes: 0 } }),
				credentials: { masvApi: { id, name } },
			});
			expect(error?.message).toMatch(/policy/i);
			expect(storage.requests.filter(({ method }) => method === 'PUT')).toEqual([]);
		} finally {
			await api.close();
			await storage.close();
		}
	});
});

import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ICredentialTestFunctions } from 'n8n-workflow';

import { testMasvApi, testMasvPortalApi } from '../../nodes/Masv/credentialTests';
import type { Sandbox } from '../../sandbox/start';
import { startSandbox } from '../../sandbox/start';

/** n8n reads them when it is loaded, and writes a settings file to the folder. */
const variables = ['N8N_SSRF_PROTECTION_ENABLED', 'N8N_SSRF_ALLOWED_IP_RANGES', 'N8N_USER_FOLDER'] as const;
const before = variables.map((name) => process.env[name]);

describe("a credential test under n8n's network policy (SSRF protection)", () => {
	let context: ICredentialTestFunctions;
	const sandboxes: Sandbox[] = [];

	beforeAll(async () => {
		process.env.N8N_USER_FOLDER = await mkdtemp(join(tmpdir(), 'masv-policy-'));
		process.env.N8N_SSRF_PROTECTION_ENABLED = 'true';
		process.env.N8N_SSRF_ALLOWED_IP_RANGES = '127.0.0.1/32';
		const { CredentialTestContext } = await import('n8n-core');
		context = new CredentialTestContext({} as never);
	});
	afterAll(async () => {
		await rm(process.env.N8N_USER_FOLDER as string, { recursive: true });
		for (const [index, name] of variables.entries()) {
			const value = before[index];
			if (value === undefined) delete process.env[name];
			else process.env[name] = value;
		}
	});
	afterEach(async () => {
		await Promise.all(sandboxes.splice(0).map(async (sandbox) => await sandbox.close()));
	});

	async function startAt(host: string) {
		const sandbox = await startSandbox({ host });
		sandboxes.push(sandbox);
		const { apiKey, teamId, url: baseUrl } = sandbox;
		const credential = (data: object) => ({ id: '1', name: 'MASV', type: 'masvApi', data: { ...data } });
		return {
			sandbox,
			test: async (more = {}) => await testMasvApi.call(context, credential({ apiKey, teamId, baseUrl, ...more })),
			testPortal: async () => await testMasvPortalApi.call(context, credential({ portal: 'unit', baseUrl })),
		};
	}

	it('sends nothing to an address that it forbids', async () => {
		const { sandbox, test, testPortal } = await startAt('127.0.0.2');
		for (const { status, message } of [await test(), await testPortal()]) {
			expect([status, message]).toEqual(['Error', expect.stringContaining('The network policy of this machine')]);
		}
		expect(sandbox.requests).toEqual([]);
	});

	it('follows no redirect', async () => {
		const forbidden = await startAt('127.0.0.2');
		const server = createServer((_, response) => response.writeHead(302, { location: forbidden.sandbox.url }).end());
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		try {
			const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
			expect((await forbidden.test({ baseUrl })).message).toContain(`it redirects to ${forbidden.sandbox.url}`);
			expect(forbidden.sandbox.requests).toEqual([]);
		} finally {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		}
	});

	it('says the same as ever about a server that it allows', async () => {
		const { test, testPortal, sandbox } = await startAt('127.0.0.1');
		expect(await test()).toMatchObject({ status: 'OK' });
		expect((await test({ apiKey: 'wrong' })).message).toContain('MASV rejected this API key');
		expect((await test({ teamId: 'T2' })).message).toContain('The API key is valid, but not for team "T2"');
		expect((await testPortal()).message).toContain('There is no portal "unit"');
		await sandbox.close();
		expect((await test()).message).toContain('refused the connection');
	});
});

import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

import type { Fault } from '../sandbox/start.ts';
import { type Lab, type Outcome, type Run, byId, bytes, openLab } from './support/lab.ts';
import { readPrepared } from './support/prepared.ts';

const accessCode = 'open, sesame & more: ö';
const linkPassword = 'a link, "quoted" & more: ü';

let lab: Lab;
/** Everything else that was shown to a user. */
const shown: string[] = [];

beforeAll(async () => {
	lab = await openLab({ sandbox: { storageTls: readPrepared().storageTls } });
});

afterAll(async () => {
	await lab?.close();
});

function sending(paths: string, more: Record<string, unknown> = {}): Record<string, unknown> {
	return {
		resource: 'package',
		operation: 'send',
		packageName: 'Secret',
		source: 'path',
		paths,
		transfer: { retryMinutes: 0 },
		...more,
	};
}

function receiving(more: Record<string, unknown>): Record<string, unknown> {
	return {
		resource: 'package',
		operation: 'receive',
		saveTo: 'folder',
		folder: join(lab.folder, 'received'),
		outputField: 'data',
		transfer: { retryMinutes: 0 },
		...more,
	};
}

/** What opens the links of a package. */
function noteLinks(packageId: string): void {
	for (const { download_secret: secret } of lab.sandbox.links(packageId))
		if (secret !== undefined) linkSecrets.add(secret);
}

/**
 * A link to a package, as parameters. n8n stores what a user types, so that both are put together by expressions: whoever writes
 * the whole secret has resolved them.
 */
async function share(packageId: string): Promise<Record<string, unknown>> {
	const response = await fetch(`${lab.sandbox.url}/v1/packages/${packageId}/links`, {
		method: 'POST',
		headers: { 'content-type': 'application/json', 'x-package-token': await tokenOf(packageId) },
		body: JSON.stringify({ password: linkPassword }),
	});
	const { id, download_secret: secret } = (await response.json()) as { id: string; download_secret: string };
	noteLinks(packageId);
	const inTwo = (text: string, at: number): string =>
		`={{ ${JSON.stringify(text.slice(0, at))} + ${JSON.stringify(text.slice(at))} }}`;
	const url = `https://get.massive.io/${id}?secret=${secret}`;
	return {
		authentication: 'none',
		linkUrl: inTwo(url, url.length - Math.floor(secret.length / 2)),
		options: { linkPassword: inTwo(linkPassword, 8), server: lab.sandbox.url },
	};
}

/** Runs the node with a fault, which must occur at least once. */
async function runWith(fault: Fault, run: Run): Promise<Outcome> {
	const injected = lab.sandbox.inject({ times: Infinity, ...fault });
	const outcome = await lab.run(run);
	injected.remove();
	expect(injected.hits()).toBeGreaterThan(0);
	return outcome;
}

async function expectFailure(fault: Fault, run: Run): Promise<void> {
	const outcome = await runWith(fault, run);
	expect(outcome.execution.status).toBe('error');
	// The message includes part of the response.
	expect(outcome.error?.message).toMatch(/responded with \d{3}/);
}

function expectSuccess(outcome: Outcome): Outcome {
	expect(outcome.error?.message).toBeUndefined();
	expect(outcome.execution.status).toBe('success');
	return outcome;
}

/** The package token that MASV returns for the API key. */
async function tokenOf(packageId: string): Promise<string> {
	const { url, teamId, apiKey } = lab.sandbox;
	const response = await fetch(`${url}/v1.1/teams/${teamId}/packages/${packageId}`, {
		headers: { 'x-api-key': apiKey },
	});
	return ((await response.json()) as { access_token: string }).access_token;
}

describe('runs of every kind', () => {
	it('that succeed', async () => {
		const file = await lab.write('a.bin', bytes(6 * 1024 * 1024));
		expectSuccess(await lab.run({ parameters: sending(file, { transfer: { partSize: 5 } }) }));
		const created = expectSuccess(
			await lab.run({
				parameters: { resource: 'package', operation: 'create', packageName: 'By hand', options: {} },
			}),
		);
		const packageId = byId(created.items[0]?.json.id as string);
		for (const [resource, operation, more] of [
			['file', 'upload', { source: 'path', paths: file, options: {} }],
			['file', 'getAll', { options: {} }],
			['package', 'finalize', {}],
			['package', 'get', {}],
			['package', 'getAll', { filters: {}, returnAll: true }],
			['link', 'create', { options: {} }],
			['link', 'create', { options: { email: 'anna@example.com' } }],
			['portal', 'getAll', { filters: {} }],
		] as const) {
			expectSuccess(await lab.run({ parameters: { resource, operation, packageId, ...more } }));
		}
	});

	it('that succeed with a portal that requires a password', async () => {
		const portal = lab.sandbox.seedPortal({ subdomain: 'locked', has_access_code: true, access_code: accessCode });
		const { id, name } = await lab.addCredential('Locked', 'masvPortalApi', {
			portal: 'locked',
			accessCode,
			baseUrl: lab.sandbox.url,
		});
		const credentials = { masvPortalApi: { id, name } };
		const parameters = sending(await lab.write('b.bin', bytes(1000)), {
			authentication: 'portal',
			sender: 'anna@example.com',
		});
		expectSuccess(await lab.run({ parameters, credentials }));
		expectSuccess(
			await lab.run({
				parameters: { resource: 'portal', operation: 'getPackages', portalId: byId(portal.id), filters: {} },
			}),
		);
		for (const body of [
			JSON.stringify({ code: 403, message: `wrong code ${accessCode}` }),
			`header x-access-code: ${encodeURIComponent(accessCode)}`,
		]) {
			await expectFailure(
				{ step: 'createPortalPackage', kind: 'status', status: 403, body },
				{ parameters, credentials },
			);
		}
	});

	it('that fail with responses repeating the API key', async () => {
		const { apiKey } = lab.sandbox;
		const parameters = sending(await lab.write('c.bin', bytes(1000)));
		for (const [body, contentType] of [
			[JSON.stringify({ code: 400, message: `bad key ${apiKey}`, errors: [{ msg: `key ${apiKey}` }] }), undefined],
			[JSON.stringify({ code: 400, message: `bad key ${JSON.stringify(apiKey)}` }), undefined],
			[`plain text with ${apiKey}`, 'text/plain'],
			[`query ?key=${encodeURIComponent(apiKey)}`, 'text/plain'],
			[`<html><title>${apiKey}</title></html>`, 'text/html'],
			[JSON.stringify({ headers: { 'X-API-KEY': apiKey } }), undefined],
		] as const) {
			await expectFailure(
				{ step: 'createPackage', kind: 'status', status: 400, body, ...(contentType !== undefined && { contentType }) },
				{ parameters },
			);
		}
	});

	it('that fail with responses repeating a package token', async () => {
		const { id } = lab.sandbox.seedPackage({ state: 'new' });
		const token = await tokenOf(id);
		tokens.push(token);
		const parameters = {
			resource: 'file',
			operation: 'upload',
			packageId: byId(id),
			source: 'path',
			paths: await lab.write('d.bin', bytes(1000)),
			transfer: { retryMinutes: 0 },
		};
		for (const body of [
			JSON.stringify({ code: 400, message: `bad token ${token}` }),
			`x-package-token: ${token}`,
			JSON.stringify({ code: 400, message: 'bad token', errors: [{ msg: token }] }),
		]) {
			await expectFailure({ step: 'addFile', kind: 'status', status: 400, body }, { parameters });
		}
	});

	it('that fail with storage responses repeating a signed URL', async () => {
		const query = `X-Amz-Credential=${signature}%2F20261121&X-Amz-Signature=${signature}`;
		const address = `${lab.sandbox.storageUrl}/masv-sandbox/x?${query}`;
		const parameters = sending(await lab.write('e.bin', bytes(1000)));
		for (const body of [
			`<Error><Code>AccessDenied</Code><Message>Request has expired: ${address}</Message></Error>`,
			`<Error><Code>AccessDenied</Code><Message>${address.replaceAll('&', '&amp;')}</Message></Error>`,
			`refused ${address}`,
			`refused /masv-sandbox/x?${query}`,
		]) {
			for (const step of ['partPut', 'initiate'] as const) {
				await expectFailure(
					{ step, kind: 'status', status: 400, body, contentType: 'application/xml' },
					{ parameters },
				);
			}
		}
	});

	it('that log a retry', async () => {
		const { apiKey } = lab.sandbox;
		const body = JSON.stringify({ code: 503, message: `busy with ${apiKey}` });
		const path = await lab.write('f.bin', bytes(1000));
		// A unique name: an empty package of the same name might be taken for the one whose response was lost.
		const parameters = sending(path, { packageName: 'Tried again' });
		expectSuccess(
			await runWith({ step: 'createPackage', kind: 'status', status: 503, body, times: 2 }, { parameters }),
		);
		expect(/MASV: Could not create the package.*retrying/.test(await lab.log())).toBe(true);
	});

	it('that are interrupted', async () => {
		const path = await lab.write('g.bin', bytes(1000));
		for (const fault of [
			{ step: 'partPut', kind: 'resetMidBody' },
			{ step: 'addFile', kind: 'resetBeforeBody' },
			{ step: 'finalizePackage', kind: 'cutAnswer' },
		] as const) {
			await runWith(fault, { parameters: sending(path) });
		}
	});

	it('that return the error as an item, with "continue"', async () => {
		const { apiKey } = lab.sandbox;
		const fault: Fault = {
			step: 'createPackage',
			kind: 'status',
			status: 400,
			body: `{"message":"bad key ${apiKey}"}`,
		};
		const parameters = sending(await lab.write('h.bin', bytes(1000)));
		for (const onError of ['continueRegularOutput', 'continueErrorOutput'] as const) {
			const { items, failed } = await runWith(fault, { parameters, onError });
			expect([...items, ...failed].map(({ json }) => json.error)).toEqual([expect.stringMatching(/^Could not create/)]);
		}
	});

	it('that receive packages of the team', async () => {
		const files = [{ name: 'reel.mov', content: bytes(3 * 1024 * 1024) }];
		for (const saveTo of ['folder', 'binary']) {
			const { id } = lab.sandbox.seedPackage({ name: `To ${saveTo}`, files });
			expectSuccess(await lab.run({ parameters: receiving({ packageId: byId(id), saveTo }) }));
			noteLinks(id);
		}
	});

	it('that receive what a link leads to', async () => {
		const { id } = lab.sandbox.seedPackage({ name: 'Shared', files: [{ name: 'reel.mov', content: bytes(1000) }] });
		const byLink = await share(id);
		for (const saveTo of ['folder', 'binary']) {
			expectSuccess(await lab.run({ parameters: receiving({ ...byLink, saveTo }), credentials: {} }));
		}
	});

	it('that fail to receive, with responses repeating a link, its password, a token or a signed URL', async () => {
		const files = [{ name: 'reel.mov', content: bytes(1000) }];
		const { id } = lab.sandbox.seedPackage({ name: 'Not received', files });
		const byLink = { parameters: receiving(await share(id)), credentials: {} };
		const { download_secret: secret = '' } = lab.sandbox.links(id)[0] ?? {};
		const token = await tokenOf(id);
		tokens.push(token);
		const query = `X-Amz-Credential=${signature}%2F20261121&X-Amz-Signature=${signature}`;
		for (const [step, text] of [
			['getLink', `/v1/links/x?secret=${secret}`],
			['getLink', `secret ${secret}, password ${linkPassword}`],
			['getLink', `x-link-password: ${encodeURIComponent(linkPassword)}`],
			['listFiles', `secret ${secret}`],
			['downloadFile', `token of ${secret}`],
			['getObject', `refused ${lab.sandbox.storageUrl}/masv-sandbox/x?${query}`],
		] as const) {
			for (const body of [text, JSON.stringify({ code: 400, message: text })]) {
				await expectFailure({ step, kind: 'status', status: 400, body, contentType: 'text/plain' }, byLink);
			}
		}
		const ofTeam = { parameters: receiving({ packageId: byId(id) }) };
		for (const step of ['downloadFile', 'createLink'] as const) {
			await expectFailure({ step, kind: 'status', status: 402, body: `bad token ${token}` }, ofTeam);
		}
		// Only a warning.
		const body = `bad token ${token}`;
		const { items } = await runWith({ step: 'disableLink', kind: 'status', status: 403, body }, ofTeam);
		expect(items[0]?.json.warnings).toEqual([expect.stringMatching(/could not be disabled/)]);
		noteLinks(id);
	});

	it('that are interrupted while they receive', async () => {
		const { id } = lab.sandbox.seedPackage({ name: 'Cut', files: [{ name: 'reel.mov', content: bytes(1000) }] });
		for (const fault of [
			{ step: 'getObject', kind: 'cutAnswer' },
			{ step: 'getObject', kind: 'refuse' },
			{ step: 'downloadFile', kind: 'cutAnswer' },
			{ step: 'createLink', kind: 'resetAfterBody' },
			{ step: 'getLink', kind: 'cutAnswer' },
		] as const) {
			await runWith(fault, { parameters: receiving({ packageId: byId(id) }) });
		}
		noteLinks(id);
	});

	it('that test a credential', async () => {
		const { apiKey } = lab.sandbox;
		const body = JSON.stringify({ code: 400, message: `bad key ${apiKey}` });
		const faults = (['listPortals', 'listTeams'] as const).map((step) =>
			lab.sandbox.inject({ step, kind: 'status', status: 400, body, times: Infinity }),
		);
		const { status, message } = await lab.client.credentials.test(lab.credential);
		for (const fault of faults) fault.remove();
		expect(status).toBe('Error');
		shown.push(message);
	});
});

const tokens: string[] = [];
const linkSecrets = new Set<string>();
const signature = '0123456789abcdef'.repeat(4);

// Must be last: it searches what the runs above left behind.
describe('the secrets of these runs', () => {
	/** Everything that must not be found, with a description. */
	function secrets(): Array<[string, string]> {
		const { apiKey, requests } = lab.sandbox;
		const sent = requests.flatMap(({ headers }) => headers['x-package-token'] ?? []);
		const signed = requests.flatMap(({ url }) => /X-Amz-Signature=([0-9a-f]+)/.exec(url)?.[1] ?? []);
		const all = new Map<string, string>([[apiKey, 'API key']]);
		for (const token of [...tokens, ...sent]) {
			all.set(token, 'package token');
			all.set(token.split('.')[2] ?? token, 'signature of a package token');
		}
		for (const hash of [signature, ...signed]) all.set(hash, 'signature of a URL');
		all.set(accessCode, 'access code');
		for (const secret of linkSecrets) all.set(secret, 'link secret');
		// Of the links that were made for a run.
		const made = requests.flatMap(({ step, body = '' }) => (step === 'createLink' ? readPassword(body) : []));
		for (const password of [linkPassword, ...made]) all.set(password, 'link password');
		const forms = [...all].flatMap(([secret, what]): Array<[string, string]> => [
			[secret, what],
			[encodeURIComponent(secret), `${what}, URI encoded`],
			[JSON.stringify(secret).slice(1, -1), `${what}, in JSON`],
			[Buffer.from(secret).toString('base64').replace(/=+$/, ''), `${what}, in base64`],
		]);
		// Some encodings equal the secret itself. Its plain description comes last, and so wins.
		return [...new Map(forms.reverse())];
	}

	/** The secrets found in a text. The name of a signature parameter is allowed, but only with a hidden value. */
	function found(text: string): string[] {
		const values = secrets().flatMap(([secret, what]) => (text.includes(secret) ? [what] : []));
		const queries = text.match(/X-Amz-(Signature|Credential)=(?!\[hidden\])/g) ?? [];
		return [...new Set([...values, ...queries])];
	}

	it('were used', () => {
		const { requests, apiKey } = lab.sandbox;
		const values = (name: string): unknown[] => requests.flatMap(({ headers }) => headers[name] ?? []);
		expect(values('x-api-key')).toContain(apiKey);
		expect(values('x-access-code')).toContain(encodeURIComponent(accessCode));
		expect(values('x-package-token').length).toBeGreaterThan(5);
		expect(linkSecrets.size).toBeGreaterThan(5);
		expect(
			requests.filter(({ step, url }) => step === 'getLink' && found(url).includes('link secret')).length,
		).toBeGreaterThan(5);
		expect(requests.filter(({ step }) => step === 'getObject').length).toBeGreaterThan(5);
		expect(requests.filter(({ url }) => url.includes('X-Amz-Signature=')).length).toBeGreaterThan(5);
		expect(found(`before ${apiKey} after`)).toEqual(['API key']);
	});

	it('are not in any execution record, error or output item', () => {
		expect(lab.executions.length).toBeGreaterThan(30);
		for (const { raw } of lab.executions) {
			expect(found(raw)).toEqual([]);
		}
		expect(found(shown.join('\n'))).toEqual([]);
	});

	it('are not in the log, even at its most verbose level', async () => {
		const log = await lab.log();
		expect(log.includes('MASV upload: ') && log.includes('| debug |')).toBe(true);
		expect(found(log)).toEqual([]);
	});

	it.each<[string, () => string]>([
		["n8n's files, including its database and the notes about transfers", () => join(dirname(lab.n8n.logFile), '.n8n')],
		['the folder that files were received into', () => lab.folder],
	])('are not in any of %s', async (_, folderOf) => {
		const home = folderOf();
		const places: string[] = [];
		let files = 0;
		for (const entry of await readdir(home, { recursive: true, withFileTypes: true })) {
			const path = join(entry.parentPath, entry.name);
			if (!entry.isFile() || relative(home, path).includes('node_modules')) continue;
			files++;
			const what = found(await readFile(path, 'latin1'));
			if (what.length > 0) places.push(`${relative(home, path)}: ${what.join(', ')}`);
		}
		expect(files).toBeGreaterThan(1);
		expect(places).toEqual([]);
	});

	it('of MASV are not in any request to the storage', () => {
		const toStorage = lab.sandbox.requests.filter(({ plane }) => plane === 'storage');
		expect(toStorage.length).toBeGreaterThan(10);
		for (const { url, headers } of toStorage) {
			expect(
				Object.keys(headers).filter((name) => /api-key|token|access-code|password|authorization|cookie/.test(name)),
			).toEqual([]);
			// A request to the storage consists of its own signed URL.
			const what = found(JSON.stringify([url, headers])).filter((name) => !/^signature of a URL|^X-Amz-/.test(name));
			expect(what).toEqual([]);
		}
	});

	it('are not in any URL of a request to MASV, and those of the storage nowhere in it', () => {
		for (const { url, headers, body, step } of lab.sandbox.requests.filter(({ plane }) => plane === 'api')) {
			// MASV takes the secret of a link in the query.
			expect(found(url).filter((what) => step !== 'getLink' || what !== 'link secret')).toEqual([]);
			expect(JSON.stringify([headers, body]).includes('X-Amz-Signature')).toBe(false);
		}
	});

	it('are only sent with their own kind of request', () => {
		for (const { plane, headers } of lab.sandbox.requests) {
			const kinds = ['x-api-key', 'x-package-token', 'x-access-code'].filter((name) => headers[name] !== undefined);
			expect(kinds.length).toBeLessThanOrEqual(plane === 'storage' ? 0 : 1);
		}
	});
});

/** Of the body of a request that creates a link. */
function readPassword(body: string): string[] {
	const { password } = JSON.parse(body === '' ? '{}' : body) as { password?: unknown };
	return typeof password === 'string' && password !== '' ? [password] : [];
}

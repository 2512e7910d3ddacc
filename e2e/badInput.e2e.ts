import { execFile } from 'node:child_process';
import { appendFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Fault } from '../sandbox/start.ts';
import type { Credential } from './n8n/credentials.ts';
import type { Item, RunError } from './n8n/runData.ts';
import { type InputItem, type Lab, type Outcome, type Run, byId, bytes, openLab, until } from './support/lab.ts';

const run = promisify(execFile);

let lab: Lab;

beforeAll(async () => {
	lab = await openLab();
});

afterAll(async () => {
	await lab?.close();
});

const mebibyte = 1024 * 1024;

/** Parameters of "Send Files" from disk. */
function sending(paths: string, more: Record<string, unknown> = {}): Record<string, unknown> {
	return { resource: 'package', operation: 'send', packageName: 'Bad', source: 'path', paths, options: {}, ...more };
}

/** Five items, each with a file except the third. */
function fiveItems(): InputItem[] {
	return [1, 2, 3, 4, 5].map((n) => ({
		json: { n },
		...(n !== 3 && { files: { data: { name: `file ${n}.txt`, content: `content ${n}` } } }),
	}));
}

function shown(error: RunError | undefined): { message: string | undefined; description: string | null | undefined } {
	return { message: error?.message, description: error?.description };
}

/** The node failed with this message and description. */
function expectError(outcome: Outcome, message: string | RegExp, description: string | RegExp): void {
	expect(outcome.execution.status).toBe('error');
	expect(shown(outcome.error)).toEqual({
		message: expect.stringMatching(message) as string,
		description: expect.stringMatching(description) as string,
	});
}

/** Runs the node, which must fail with this error and must not create a package. */
async function expectRejected(given: Run, message: string | RegExp, description: string | RegExp): Promise<Outcome> {
	const before = lab.sandbox.packages().length;
	const outcome = await lab.run(given);
	expectError(outcome, message, description);
	expect(lab.sandbox.packages()).toHaveLength(before);
	return outcome;
}

/** n8n itself reports an empty required field, before the node runs. */
async function expectRequired(parameters: Record<string, unknown>, field: string): Promise<void> {
	const from = lab.sandbox.requests.length;
	const { execution, error } = await lab.run({ parameters });
	expect(execution.status).toBe('error');
	expect(error?.message).toContain(`Parameter "${field}" is required`);
	expect(lab.sandbox.requests).toHaveLength(from);
}

/** Creates a package that accepts files. */
function newPackage(): string {
	return lab.sandbox.seedPackage({ state: 'new', name: 'Open' }).id;
}

async function withFault<T>(fault: Fault, work: () => Promise<T>): Promise<T> {
	const injected = lab.sandbox.inject({ times: Infinity, ...fault });
	try {
		const result = await work();
		expect(injected.hits()).toBeGreaterThan(0);
		return result;
	} finally {
		injected.remove();
	}
}

describe('the credential', () => {
	const account = async (data: Record<string, unknown>): Promise<Run['credentials']> => {
		const { apiKey, teamId, url } = lab.sandbox;
		const credential: Credential = await lab.addCredential('Other', 'masvApi', {
			apiKey,
			teamId,
			baseUrl: url,
			...data,
		});
		return { masvApi: { id: credential.id, name: credential.name } };
	};

	it('reports a missing API key', async () => {
		const file = await lab.write('a.txt', 'a');
		await expectRejected(
			{ parameters: sending(file), credentials: await account({ apiKey: '' }) },
			/^The API key is missing$/,
			/^Create a key in MASV under .*API Keys/,
		);
	});

	it('reports that no credential is selected', async () => {
		const before = lab.sandbox.requests.length;
		const outcome = await lab.run({ parameters: sending('/nowhere'), credentials: {} });
		expect(outcome.execution.status).toBe('error');
		expect(outcome.error?.message).toMatch(/credentials/i);
		expect(lab.sandbox.requests).toHaveLength(before);
	});

	it('reports a wrong API key', async () => {
		const file = await lab.write('a.txt', 'a');
		await expectRejected(
			{ parameters: sending(file), credentials: await account({ apiKey: 'wrong-key' }) },
			/^Could not create the package\. MASV responded with 401/,
			/^Check the API Key in the credential/,
		);
	});

	it('reports a wrong team', async () => {
		const file = await lab.write('a.txt', 'a');
		await expectRejected(
			{ parameters: sending(file), credentials: await account({ teamId: '01D377JSHQW5ZEGGTDNW91C67J' }) },
			/^Could not create the package\. MASV responded with 40[34]/,
			/Check the Team ID/,
		);
	});

	it('reports an invalid base URL', async () => {
		await expectRejected(
			{ parameters: sending('/nowhere'), credentials: await account({ baseUrl: 'my masv' }) },
			/^The base URL "my masv" is not an HTTP\(S\) URL$/,
			/^Use https:\/\/api\.massive\.app/,
		);
	});
});

describe('a package', () => {
	const unknown = '01ZZZZZZZZZZZZZZZZZZZZZZZZ';

	it.each([
		['package', 'get'],
		['package', 'finalize'],
		['package', 'archive'],
		['file', 'getAll'],
		['link', 'create'],
	])('that does not exist is reported by %s.%s', async (resource, operation) => {
		await expectRejected(
			{ parameters: { resource, operation, packageId: byId(unknown) } },
			`^There is no package ${unknown} in team ${lab.sandbox.teamId}$`,
			/^Check the ID and the Team ID in the credential/,
		);
	});

	it('that does not exist cannot be uploaded to', async () => {
		const paths = await lab.write('a.txt', 'a');
		await expectRejected(
			{ parameters: { resource: 'file', operation: 'upload', packageId: byId(unknown), source: 'path', paths } },
			`^There is no package ${unknown} `,
			/^Check the ID/,
		);
	});

	it('without an ID is reported', async () => {
		await expectRequired({ resource: 'package', operation: 'get', packageId: byId('') }, 'Package');
		await expectRejected(
			{ parameters: { resource: 'package', operation: 'get', packageId: byId('={{ "" }}') } },
			/^No package is selected$/,
			/^Choose one from the list or enter its ID/,
		);
	});

	it('that is already finalized cannot be finalized again', async () => {
		const { id } = lab.sandbox.seedPackage({ files: [{ name: 'a.txt', content: 'a' }] });
		await expectRejected(
			{ parameters: { resource: 'package', operation: 'finalize', packageId: byId(id) } },
			`^Package ${id} has already been finalized$`,
			/^A finalized package does not accept more files/,
		);
	});

	it('that is already finalized cannot be uploaded to', async () => {
		const { id } = lab.sandbox.seedPackage({ files: [{ name: 'a.txt', content: 'a' }] });
		const paths = await lab.write('b.txt', 'b');
		await expectRejected(
			{ parameters: { resource: 'file', operation: 'upload', packageId: byId(id), source: 'path', paths } },
			`^Package ${id} is finalized and does not accept more files$`,
			/^Create a new package/,
		);
		expect(lab.sandbox.files(id)).toHaveLength(1);
	});
});

describe('a binary field missing from item 3 of 5', () => {
	const message = 'The item has no binary field "data" [Input Data Field Name]';

	const send: Run['parameters'] = {
		resource: 'package',
		operation: 'send',
		packageName: 'Five',
		source: 'binary',
		binaryPropertyName: 'data',
		options: {},
	};

	const upload = (packageId: string): Run['parameters'] => ({
		resource: 'file',
		operation: 'upload',
		packageId: byId(packageId),
		source: 'binary',
		binaryPropertyName: 'data',
		options: {},
	});

	/** The input items that output items are paired with. */
	const origins = (items: Item[]): unknown[] => items.map(({ pairedItem }) => pairedItem);

	it('is reported, and no package is created', async () => {
		const outcome = await expectRejected(
			{ parameters: send, items: fiveItems() },
			/^The item has no binary field "data" \[Input Data Field Name\]$/,
			/^Make sure that the previous node outputs a file\. To send files from disk, set File Source to Path on Disk\.$/,
		);
		expect(outcome.error?.context).toMatchObject({ itemIndex: 2 });
	});

	it('is reported with the fields that exist', async () => {
		const items = fiveItems();
		items[2] = { files: { photo: { name: 'a.jpg', content: 'a' }, video: { name: 'b.mov', content: 'b' } } };
		await expectRejected(
			{ parameters: send, items },
			/^The item has no binary field "data"/,
			/^Available fields: photo, video\.$/,
		);
	});

	it('gives one output item for the package, with "continue"', async () => {
		const before = lab.sandbox.packages().length;
		const { execution, items } = await lab.run({
			parameters: send,
			items: fiveItems(),
			onError: 'continueRegularOutput',
		});
		expect(execution.status).toBe('success');
		expect(items.map(({ json }) => json.error)).toEqual([message]);
		expect(lab.sandbox.packages()).toHaveLength(before);
	});

	it('gives one item on the error output, with "continue (using error output)"', async () => {
		const before = lab.sandbox.packages().length;
		const { execution, items, failed } = await lab.run({
			parameters: send,
			items: fiveItems(),
			onError: 'continueErrorOutput',
		});
		expect(execution.status).toBe('success');
		expect(items).toEqual([]);
		expect(failed.map(({ json }) => json.error)).toEqual([message]);
		expect(lab.sandbox.packages()).toHaveLength(before);
	});

	it('fails an upload before the first byte', async () => {
		const id = newPackage();
		const outcome = await lab.run({ parameters: upload(id), items: fiveItems() });
		expectError(outcome, /^The item has no binary field "data"/, /^Make sure that the previous node outputs a file/);
		expect(lab.sandbox.files(id)).toEqual([]);
		expect(lab.sandbox.package(id)?.state).toBe('new');
	});

	it('fails only that item of an upload, with "continue"', async () => {
		const id = newPackage();
		const { execution, items } = await lab.run({
			parameters: upload(id),
			items: fiveItems(),
			onError: 'continueRegularOutput',
		});
		expect(execution.status).toBe('success');
		expect(items).toHaveLength(5);
		const wrong = items.filter(({ json }) => json.error !== undefined);
		expect(wrong.map(({ json }) => json.error)).toEqual([message]);
		expect(origins(wrong)).toEqual([{ item: 2 }]);
		const names = items.flatMap(({ json }) => (json.error === undefined ? [json.name] : []));
		expect(names.sort()).toEqual(['file 1.txt', 'file 2.txt', 'file 4.txt', 'file 5.txt']);
		expect(lab.sandbox.files(id).map(({ name, finalized }) => [name, finalized])).toEqual(
			expect.arrayContaining(names.map((name) => [name, true])),
		);
		expect(lab.sandbox.package(id)?.state).toBe('new');
	});

	it('fails only that item of an upload, with "continue (using error output)"', async () => {
		const id = newPackage();
		const { items, failed } = await lab.run({
			parameters: upload(id),
			items: fiveItems(),
			onError: 'continueErrorOutput',
		});
		expect(items.map(({ json }) => json.name).sort()).toEqual(['file 1.txt', 'file 2.txt', 'file 4.txt', 'file 5.txt']);
		expect(failed.map(({ json }) => json.error)).toEqual([message]);
		expect(origins(failed)).toEqual([{ item: 2 }]);
		const { code, hint } = failed[0]?.json.details as { code: string; hint: string };
		expect(code).toBe('binary_data_missing');
		expect(hint).toMatch(/^Make sure that the previous node outputs a file/);
	});
});

describe('one failing item among others', () => {
	const unknown = '01ZZZZZZZZZZZZZZZZZZZZZZZZ';
	const getting: Run['parameters'] = {
		resource: 'package',
		operation: 'get',
		packageId: { __rl: true, mode: 'id', value: '={{ $json.id }}' },
	};

	it('is returned in its place, with "continue"', async () => {
		const [first, second] = [newPackage(), newPackage()];
		const { items } = await lab.run({
			parameters: getting,
			items: [first, unknown, second].map((id) => ({ json: { id } })),
			onError: 'continueRegularOutput',
		});
		expect(items.map(({ json }) => json.id ?? json.error)).toEqual([
			first,
			`There is no package ${unknown} in team ${lab.sandbox.teamId}`,
			second,
		]);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
	});

	it('is returned on the error output, with "continue (using error output)"', async () => {
		const [first, second] = [newPackage(), newPackage()];
		const { items, failed } = await lab.run({
			parameters: getting,
			items: [first, unknown, second].map((id) => ({ json: { id } })),
			onError: 'continueErrorOutput',
		});
		expect(items.map(({ json }) => json.id)).toEqual([first, second]);
		expect(failed.map(({ json }) => json.error)).toEqual([
			`There is no package ${unknown} in team ${lab.sandbox.teamId}`,
		]);
		expect(failed.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 1 }]);
	});

	it('stops the run, without either', async () => {
		const outcome = await lab.run({
			parameters: getting,
			items: [newPackage(), unknown, newPackage()].map((id) => ({ json: { id } })),
		});
		expectError(outcome, `^There is no package ${unknown}`, /^Check the ID/);
		expect(outcome.error?.context).toMatchObject({ itemIndex: 1 });
	});
});

describe('a path', () => {
	const field = '\\[File or Folder Paths\\]$';

	it('that does not exist is reported', async () => {
		const path = join(lab.folder, 'no such file.mov');
		await expectRejected(
			{ parameters: sending(path) },
			`^There is no file or folder "${path}" ${field}`,
			/^The path must exist on the machine, or in the container, that runs n8n\.$/,
		);
	});

	it('that does not exist is reported even if others exist', async () => {
		const path = join(lab.folder, 'gone.mov');
		await expectRejected(
			{ parameters: sending(`${await lab.write('there.mov', 'x')}\n${path}`) },
			`^There is no file or folder "${path}"`,
			/^The path must exist/,
		);
	});

	it('is reported whatever its name is', async () => {
		// n8n replaces any message that contains the name of a system error (here: EPERM).
		const path = join(lab.folder, 'keeperman.mov');
		await expectRejected(
			{ parameters: sending(path) },
			`^There is no file or folder "${path}"`,
			/^The path must exist/,
		);
	});

	it('that is empty is reported', async () => {
		await expectRequired(sending(''), 'File or Folder Paths');
		await expectRejected({ parameters: sending('={{ " " }}') }, /^File or Folder Paths is empty$/, /^Enter a value/);
	});

	it.each(['/etc/hostname', '/etc/passwd', '/proc/self/environ'])(
		'outside the folders that n8n allows is rejected: %s',
		async (path) => {
			await expectRejected(
				{ parameters: sending(path) },
				`^n8n does not allow workflows to read "${path}" ${field}`,
				/N8N_RESTRICT_FILE_ACCESS_TO/,
			);
		},
	);

	it('that leads out of the allowed folders is rejected', async () => {
		const path = join(lab.folder, 'way-out');
		await symlink('/etc', path);
		await expectRejected(
			{ parameters: sending(`${path}/hostname`) },
			`^n8n does not allow workflows to read "${path}/hostname"`,
			/N8N_RESTRICT_FILE_ACCESS_TO/,
		);
		await expectRejected(
			{ parameters: sending(join(lab.folder, '..', '..', '..', '..', '..', '..', 'etc', 'hostname')) },
			/^n8n does not allow workflows to read/,
			/N8N_RESTRICT_FILE_ACCESS_TO/,
		);
	});

	it('that leads out from inside a folder is rejected, and no file of the folder is sent', async () => {
		await lab.write('with a link/first.txt', 'x');
		await symlink('/etc/hostname', join(lab.folder, 'with a link', 'zz-link'));
		await expectRejected(
			{ parameters: sending(join(lab.folder, 'with a link')) },
			/^n8n does not allow workflows to read ".*zz-link"/,
			/N8N_RESTRICT_FILE_ACCESS_TO/,
		);
	});

	it('that is a device is rejected', async () => {
		await expectRejected(
			{ parameters: sending('/dev/zero') },
			`^"/dev/zero" is neither a file nor a folder ${field}`,
			/^Devices, pipes and sockets cannot be sent\.$/,
		);
	});

	it('that is a pipe is rejected', async () => {
		const path = join(lab.folder, 'pipe');
		await run('mkfifo', [path]);
		await expectRejected(
			{ parameters: sending(path) },
			`^"${path}" is neither a file nor a folder ${field}`,
			/^Devices, pipes and sockets cannot be sent\.$/,
		);
	});

	it('with a link to a folder above it is rejected', async () => {
		await lab.write('circle/a.txt', 'a');
		await symlink(join(lab.folder, 'circle'), join(lab.folder, 'circle', 'again'));
		await expectRejected(
			{ parameters: sending(join(lab.folder, 'circle')) },
			/is a link to one of its parent folders/,
			/Remove the link/,
		);
	});

	it('in the package to which two files map is reported with both', async () => {
		const one = await lab.write('one/same.txt', '1');
		const two = await lab.write('two/same.txt', '2');
		await expectRejected(
			{ parameters: sending(`${one}\n${two}`) },
			`^Two files map to the same path "same.txt" in the package \\(${one} and ${two}\\)`,
			/^Rename one of them/,
		);
	});
});

describe('an email address', () => {
	it('that is invalid is reported', async () => {
		const file = await lab.write('a.txt', 'a');
		await expectRejected(
			{ parameters: sending(file, { recipients: 'anna@example.com, ben at example' }) },
			/^"ben at example" is not an email address \[Recipients\]$/,
			/^Enter comma-separated addresses such as name@example\.com/,
		);
	});

	it('that is invalid is reported for a link', async () => {
		const { id } = lab.sandbox.seedPackage({ files: [{ name: 'a.txt', content: 'a' }] });
		await expectRejected(
			{ parameters: { resource: 'link', operation: 'create', packageId: byId(id), options: { email: 'anna' } } },
			/^"anna" is not an email address \[Recipient\]$/,
			/^Enter one address such as name@example\.com/,
		);
		expect(lab.sandbox.links(id)).toEqual([]);
	});

	it('of the sender is required for a portal', async () => {
		const portal = lab.sandbox.seedPortal();
		const file = await lab.write('a.txt', 'a');
		const into = { destination: 'portal', portalId: byId(portal.id) };
		await expectRequired(sending(file, { ...into, sender: '' }), 'Sender');
		await expectRejected(
			{ parameters: sending(file, { ...into, sender: '={{ "" }}' }) },
			/^Sender is empty$/,
			/^Enter a value/,
		);
	});
});

describe('a portal', () => {
	const into = (portalId: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
		destination: 'portal',
		portalId: byId(portalId),
		sender: 'anna@example.com',
		...more,
	});

	/** The node must fail before it sends anything but GET requests to MASV or its storage. */
	async function expectRejectedBeforehand(given: Run, message: string | RegExp, description: RegExp): Promise<void> {
		const from = lab.sandbox.requests.length;
		await expectRejected(given, message, description);
		expect(lab.sandbox.requests.slice(from).filter(({ method }) => method !== 'GET')).toEqual([]);
	}

	it('that does not accept a file type is reported before the first byte', async () => {
		const portal = lab.sandbox.seedPortal({
			name: 'Movies',
			file_type_restriction_enabled: true,
			file_types: ['.mov', '.mxf'],
		});
		await lab.write('mixed/a.mov', 'a');
		await lab.write('mixed/deep/notes.docx', 'b');
		await expectRejectedBeforehand(
			{ parameters: sending(join(lab.folder, 'mixed'), into(portal.id)) },
			/^Portal "Movies" does not accept the file "notes\.docx" because of its type$/,
			/^It accepts \.mov, \.mxf\.$/,
		);
	});

	it('with a smaller file size limit is reported before the first byte', async () => {
		const portal = lab.sandbox.seedPortal({
			name: 'Small',
			package_size_restriction_enabled: true,
			max_file_size: mebibyte,
		});
		const file = await lab.write('large.bin', bytes(mebibyte + 1));
		await expectRejectedBeforehand(
			{ parameters: sending(file, into(portal.id)) },
			/^Portal "Small" accepts files of at most 1(\.0)? MiB; "large\.bin" is /,
			/^Remove this file, or raise the limit/,
		);
	});

	it('with a smaller package size limit is reported before the first byte', async () => {
		const portal = lab.sandbox.seedPortal({
			name: 'Small',
			package_size_restriction_enabled: true,
			max_package_size: mebibyte,
		});
		await lab.write('sum/a.bin', bytes(700_000));
		await lab.write('sum/b.bin', bytes(700_000));
		await expectRejectedBeforehand(
			{ parameters: sending(join(lab.folder, 'sum'), into(portal.id)) },
			/^Portal "Small" accepts packages of at most /,
			/^Split the files into several packages/,
		);
	});

	it('that is inactive is reported', async () => {
		const portal = lab.sandbox.seedPortal({ name: 'Off', active: false });
		await expectRejectedBeforehand(
			{ parameters: sending(await lab.write('a.txt', 'a'), into(portal.id)) },
			/^Portal "Off" is inactive$/,
			/Activate it/,
		);
	});

	it('that requires a password is reported', async () => {
		const portal = lab.sandbox.seedPortal({ name: 'Locked', has_access_code: true, access_code: 'open sesame' });
		await expectRejectedBeforehand(
			{ parameters: sending(await lab.write('a.txt', 'a'), into(portal.id)) },
			/^Portal "Locked" requires an upload password \[Credential for MASV Portal API\]$/,
			/^Set Authentication to Portal, and select a MASV Portal API credential/,
		);
	});

	it('of a credential is reported if it does not exist', async () => {
		const { id, name } = await lab.addCredential('No portal', 'masvPortalApi', {
			portal: 'nowhere.portal.massive.io',
			accessCode: 'not for you',
			baseUrl: lab.sandbox.url,
		});
		await expectRejectedBeforehand(
			{
				parameters: sending(await lab.write('a.txt', 'a'), { authentication: 'portal', sender: 'anna@example.com' }),
				credentials: { masvPortalApi: { id, name } },
			},
			/^There is no portal "nowhere" \[Portal URL\]$/,
			/^Check the Portal URL\.$/,
		);
	});

	it('that does not exist is reported', async () => {
		const file = await lab.write('a.txt', 'a');
		await expectRejected({ parameters: sending(file, into('01ZZZZZZZZZZZZZZZZZZZZZZZZ')) }, /portal/i, /\S/);
	});
});

describe('a file that changes during the upload', () => {
	/** Sends a file of three parts and changes it while the second part is being sent. */
	async function sendChanged(
		name: string,
		change: (path: string) => Promise<void>,
		options: Record<string, unknown> = {},
	): Promise<Outcome> {
		const path = await lab.write(name, bytes(15 * mebibyte));
		const fault = lab.sandbox.inject({ step: 'partPut', partNumber: 2, kind: 'status', status: 503, times: Infinity });
		const running = lab.run({
			parameters: sending(path, { packageName: name, options, transfer: { partSize: 5, parallelParts: 1 } }),
		});
		await until(() => (fault.hits() > 0 ? true : undefined));
		await change(path);
		fault.remove();
		return await running;
	}

	it.each([
		['grows', 'grows.bin', async (path: string) => await appendFile(path, 'more')],
		['shrinks', 'shrinks.bin', async (path: string) => await writeFile(path, bytes(6 * mebibyte))],
		['is rewritten', 'anew.bin', async (path: string) => await writeFile(path, bytes(15 * mebibyte))],
	])('is not delivered if it %s; the error reports the state of the package', async (_, name, change) => {
		const outcome = await sendChanged(name, change);
		const [left, ...more] = lab.sandbox.packages().filter((found) => found.name === name);
		expect(more).toEqual([]);
		expectError(
			outcome,
			`^"${name}" changed during the upload: `,
			`^Wait until no program is writing to the file, then run this again\\. .*Package ${left?.id} was kept unfinished`,
		);
		expect(left?.state).toBe('new');
		expect(lab.sandbox.files(left?.id ?? '').filter(({ finalized }) => finalized)).toEqual([]);
		expect(lab.sandbox.links(left?.id ?? '')).toEqual([]);
	});

	it('leaves no package behind, with the option to delete unfinished packages', async () => {
		const outcome = await sendChanged('deleted.bin', async (path) => await appendFile(path, 'more'), {
			unfinished: 'delete',
		});
		const [left] = lab.sandbox.packages().filter((found) => found.name === 'deleted.bin');
		expectError(outcome, /^"deleted\.bin" changed during/, `The unfinished package ${left?.id} was deleted\\.$`);
		// MASV keeps the record of a deleted package, with state "expired".
		expect(left?.state).toBe('expired');
	});
});

describe('an unexpected response from MASV', () => {
	/** Runs "Send Files" with this fault and without retries. */
	async function sendThrough(name: string, fault: Fault): Promise<{ outcome: Outcome; packageId: string }> {
		const path = await lab.write(name, bytes(20_000));
		const outcome = await withFault(
			fault,
			async () => await lab.run({ parameters: sending(path, { packageName: name, transfer: { retryMinutes: 0 } }) }),
		);
		const [left, ...more] = lab.sandbox.packages().filter((found) => found.name === name);
		expect(more).toEqual([]);
		expect(left?.state).toBe('new');
		return { outcome, packageId: left?.id ?? '' };
	}

	const kept = (packageId: string): string => `Package ${packageId} was kept unfinished; no notifications were sent\\.`;

	it.each<[string, Fault, RegExp]>([
		['HTML with 502', { step: 'addFile', kind: 'html' }, /MASV responded with 502: \(an HTML page: .*\)/],
		['HTML with 200', { step: 'addFile', kind: 'html', status: 200 }, /responded with 200 and a body that is not JSON/],
		['an empty body with 200', { step: 'addFile', kind: 'emptyOk' }, /responded with 200 and an empty body/],
		['JSON of an unexpected shape', { step: 'addFile', kind: 'wrongJson' }, /does not match what MASV documents/],
		['a reset connection', { step: 'addFile', kind: 'resetBeforeBody' }, /The connection to 127\.0\.0\.1:\d+ was /],
	])('fails "Send Files" with an error that describes it: %s', async (what, fault, message) => {
		const { outcome, packageId } = await sendThrough(`${what}.txt`, fault);
		expectError(outcome, message, kept(packageId));
	});

	it.each<[string, Fault, RegExp]>([
		['HTML', { step: 'partPut', kind: 'html' }, /MASV storage responded with 502: \(an HTML page/],
		[
			'a rejection',
			{ step: 'partPut', kind: 'status', status: 403, body: '<Error><Code>AccessDenied</Code></Error>' },
			/403/,
		],
		['a reset connection', { step: 'partPut', kind: 'resetMidBody' }, /The connection to 127\.0\.0\.1:\d+ was /],
	])('from the storage fails "Send Files": %s', async (what, fault, message) => {
		const { outcome, packageId } = await sendThrough(`storage ${what}.txt`, fault);
		expectError(outcome, message, kept(packageId));
		expect(shown(outcome.error).message).toContain(`storage ${what}.txt`);
	});

	it('to the finalize request fails the run, which does not claim to know whether MASV delivers the package', async () => {
		const { outcome, packageId } = await sendThrough('finalize.txt', { step: 'finalizePackage', kind: 'html' });
		const uncertain = `It is uncertain whether package ${packageId} is delivered: MASV may still finalize it.`;
		expectError(outcome, /^Could not finalize package .*502/, uncertain);
	});

	// The first request is retried for half a minute; the three runs wait at the same time.
	it('to the first request is retried for half a minute, then reported', async () => {
		const path = await lab.write('early.txt', 'a');
		const before = lab.sandbox.packages().length;
		const [created, listed, got] = await Promise.all([
			withFault(
				{ step: 'createPackage', kind: 'html', status: 200 },
				async () => await lab.run({ parameters: sending(path) }),
			),
			withFault(
				{ step: 'listPortals', kind: 'emptyOk' },
				async () => await lab.run({ parameters: { resource: 'portal', operation: 'getAll' } }),
			),
			withFault(
				{ step: 'listInbox', kind: 'html', status: 503 },
				async () =>
					await lab.run({
						parameters: { resource: 'package', operation: 'getAll', direction: 'received', filters: {} },
					}),
			),
		]);
		const checkUrl = /^Check the Base URL in the credential\. The response may come from a proxy or a login page\.$/;
		expectError(
			created,
			/^Could not create the package\. .* responded with 200 and a body that is not JSON$/,
			checkUrl,
		);
		expectError(listed, /^Could not list the portals\. .* responded with 200 and an empty body$/, checkUrl);
		expectError(
			got,
			/^Could not list the received packages\. MASV responded with 503: \(an HTML page/,
			/MASV, or a proxy in between, has a problem/,
		);
		expect(lab.sandbox.packages()).toHaveLength(before);
	});
});

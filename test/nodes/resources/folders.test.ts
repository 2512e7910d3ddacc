import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Sandbox, SandboxOptions } from '../../../sandbox/start';
import { startSandbox } from '../../../sandbox/start';
import { failureOf } from '../../support/failureOf';
import { emptyItem, runMasv, useDataFolder } from '../../support/masvNode';

useDataFolder();

let sandbox: Sandbox;
let root: string;
const at = (...names: string[]) => join(root, ...names);

const start = async (options: SandboxOptions = {}) => void (sandbox = await startSandbox(options));
beforeEach(async () => {
	root = await realpath(await mkdtemp(join(tmpdir(), 'masv-folders-')));
	await mkdir(at('CARD', 'CLIPS'), { recursive: true });
	await mkdir(at('CARD', 'VOICE'));
	await writeFile(at('CARD', 'CLIPS', 'a.mxf'), 'a');
	await writeFile(at('CARD', 'CLIPS', 'A.MXF'), 'A');
	await writeFile(at('CARD', '.DS_Store'), 'x');
	await symlink('/nowhere', at('CARD', 'dead'));
});
afterEach(async () => {
	await sandbox.close();
	await rm(root, { recursive: true });
});

const run = async (parameters: Record<string, unknown>, options: Record<string, unknown> = {}) => {
	const { apiKey, teamId, url: baseUrl } = sandbox;
	const output = await runMasv({
		items: [emptyItem()],
		parameters: { source: 'path', paths: [at('CARD')], options, ...parameters },
		credentials: { masvApi: { apiKey, teamId, baseUrl } },
	});
	return output.map(({ json }) => json);
};
const send = { resource: 'package', operation: 'send', destination: 'team', packageName: 'Card', createLink: false };
const placesOf = (packageId: string) =>
	sandbox
		.files(packageId)
		.map(({ kind, path, name }) => `${kind} ${path}/${name}`)
		.sort();
const whole = ['directory CARD/VOICE', 'file CARD/CLIPS/A.MXF', 'file CARD/CLIPS/a.mxf'];
const left = (...names: Array<[string, string]>) => names.map(([name, reason]) => ({ path: at('CARD', name), reason }));
const systemFile: [string, string] = ['.DS_Store', 'it is a system file'];
const deadLink: [string, string] = ['dead', 'it is a link that leads nowhere'];

describe('the output', () => {
	it('of Send Files lists what was left out, what some receivers cannot tell apart, and what MASV did not create', async () => {
		await start({ directories: 'refused' });
		const [json] = await run(send, { leaveOut: ['systemFiles', 'unreadable'] });
		expect(json).toMatchObject({
			left_out: left(systemFile, deadLink),
			folders_not_created: ['CARD/VOICE'],
			warnings: [
				'Could not create the folder "CARD/VOICE": Could not add the folder "CARD/VOICE" to the package. MASV responded with 400: validation failed: directories are not supported (field: kind)',
				expect.stringContaining('"CARD/CLIPS/A.MXF" and "CARD/CLIPS/a.mxf" differ only in upper and lower case'),
			],
		});
	});

	it('of Send Files has empty lists if there is nothing to say', async () => {
		await start();
		await rm(at('CARD', 'dead'));
		await rm(at('CARD', 'CLIPS', 'A.MXF'));
		const [json] = await run(send, { leaveOut: [] });
		expect(json).toMatchObject({ left_out: [], folders_not_created: [], warnings: [] });
		const { id } = json?.package as { id: string };
		expect(placesOf(id)).toEqual(['directory CARD/VOICE', 'file CARD/.DS_Store', 'file CARD/CLIPS/a.mxf']);
	});

	it('of Send Files shows that system files are left out by default', async () => {
		await start();
		await rm(at('CARD', 'dead'));
		const [json] = await run(send);
		expect(json).toMatchObject({ left_out: left(systemFile), folders_not_created: [] });
		expect(placesOf((json?.package as { id: string }).id)).toEqual(whole);
	});

	it('of Upload has the same in the first item of the package', async () => {
		await start({ directories: 'refused' });
		const { id } = sandbox.seedPackage({ state: 'new' });
		const upload = { resource: 'file', operation: 'upload', packageId: { mode: 'id', value: id } };
		const [first, second] = await run(upload, { leaveOut: ['unreadable', 'systemFiles'] });
		expect(first).toMatchObject({ left_out: left(systemFile, deadLink), folders_not_created: ['CARD/VOICE'] });
		expect(first?.warnings).toEqual([
			expect.stringMatching(/^Could not create the folder "CARD\/VOICE": /),
			expect.stringContaining('differ only in upper and lower case'),
		]);
		expect(Object.keys(second ?? {})).not.toContain('left_out');
		expect(second).toMatchObject({ name: 'a.mxf', package_id: id });
	});
});

it('a link that leads nowhere is refused before anything is created, with its path', async () => {
	await start();
	const error = await failureOf<Error & { description: string }>(run(send));
	expect(error.message).toBe(`"${at('CARD', 'dead')}" is a link that leads nowhere [File or Folder Paths]`);
	expect(error.description).toContain('add the option Leave Out and select Unreadable Files');
	expect(sandbox.packages()).toEqual([]);
});

import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

import type { MasvInputError } from '../../../masv/errors';
import { diskSources } from '../../../nodes/Masv/files/diskSources';
import { toNodeError } from '../../../nodes/Masv/nodeErrors';
import { failureOf } from '../../support/failureOf';
import { fakeN8n } from '../../support/fakeN8n';
import { placesOf } from '../../support/sources';

let root: string;
const at = (...names: string[]) => join(root, ...names);
const { n8n } = fakeN8n();
const places = async (path: unknown) => placesOf((await diskSources(n8n, path, '', [])).sources);
const refusal = async (path: unknown, host = n8n) => await failureOf<MasvInputError>(diskSources(host, path, '', []));

beforeAll(async () => {
	root = await realpath(await mkdtemp(join(tmpdir(), 'masv-paths-')));
	await mkdir(at('card', 'sub'), { recursive: true });
	await writeFile(at('card', 'clip.mov'), 'clip');
	await symlink(at('card'), at('latest'));
});
afterAll(async () => await rm(root, { recursive: true }));

describe('the name of a folder in the package', () => {
	it.each([
		['card', 'card'],
		['card/', 'card'],
		['card/sub/..', 'card'],
		['card/sub/../', 'card'],
		['card/.', 'card'],
		['./card/../card/./', 'card'],
		['latest', 'latest'],
		['latest/.', 'card'],
	])('of the path %s is %s', async (path, name) => {
		expect(await places(`${root}/${path}`)).toEqual([[name, 'clip.mov']]);
	});

	it.each(['/', '//', '/tmp/..', '/.'])('of the path %s does not exist, so that it is refused', async (path) => {
		const error = await refusal(path);
		expect(error.message).toBe(`"${path}" cannot be sent as a whole, because the root folder has no name`);
		expect(error.code).toBe('folder_invalid');
	});

	it.each([
		['back\\slash', 'back\\slash', 'it contains a backslash'],
		['line\nbreak', 'line\\u000abreak', 'it contains a line break or another control character'],
	])('is refused before anything is sent if it is %j', async (name, shown, flaw) => {
		const folder = at(`odd ${flaw.length}`);
		await mkdir(join(folder, name), { recursive: true });
		await writeFile(join(folder, name, 'a'), 'a');
		const error = await refusal(folder);
		expect(error.message).toBe(`The name of "${folder}/${shown}" is invalid: ${flaw}`);
	});
});

describe('paths with commas or semicolons between them', () => {
	it.each([', ', ';'])('are refused with how to enter several: %j', async (separator) => {
		const error = await refusal([at('card'), at('latest')].join(separator));
		expect(error.code).toBe('file_not_found');
		expect(error.hint).toMatch(/Enter one path per line\.$/);
	});
});

describe('a path that is too long for the system', () => {
	it('is refused with that, and not with advice about permissions', async () => {
		const path = at('a'.repeat(256));
		const { message, description } = toNodeError(n8n.getNode(), await refusal(path), 0);
		expect(message).toBe(
			`"${path}" cannot be read: its path is too long for the system (ENAMETOOLONG) [File or Folder Paths]`,
		);
		expect(description).toMatch(/^Most systems allow 255 bytes for a name .* move the folder up\.$/);
	});
});

describe('a path that is not absolute', () => {
	it.each([
		['A001 reel', `Enter the path from the root on, such as "${join(homedir(), 'A001 reel')}".`],
		[
			'D:\\Camera',
			'This is a path on Windows, and n8n runs on another system. Enter the path that the folder has there.',
		],
		[
			'\\\\nas\\share',
			'This is a path on Windows, and n8n runs on another system. Enter the path that the folder has there.',
		],
		['"/media/A 1"', 'Enter it without quotes: /media/A 1'],
		["'/media/A 1'", 'Enter it without quotes: /media/A 1'],
		['\u201c/media/A 1\u201d', 'Enter it without quotes: /media/A 1'],
		['file:///media/A%201', 'Enter the path instead of a URL: /media/A 1'],
		['file://localhost/media/100%', 'Enter the path instead of a URL: /media/100%'],
	])('is refused as such, whatever n8n allows: %s', async (path, hint) => {
		for (const host of [n8n, fakeN8n({ blocked: ['/', path.slice(0, 1)] }).n8n]) {
			const error = await refusal(` ${path} `, host);
			expect(error.message).toBe(`"${path}" is not a full path on the machine (or container) n8n runs on`);
			expect(error).toMatchObject({ code: 'path_not_absolute', hint });
		}
	});
});

describe('a path that ends with a blank', () => {
	it('is that of the file with the blank if there is one', async () => {
		await writeFile(at('card', 'take'), 'without');
		await writeFile(at('card', 'take '), 'with a blank');
		expect(await places(`${at('card', 'take ')}\n${at('card', 'take')}`)).toEqual([
			['', 'take '],
			['', 'take'],
		]);
	});

	it('is that of the file without it otherwise', async () => {
		expect(await places(`  ${at('card', 'clip.mov')}  `)).toEqual([['', 'clip.mov']]);
	});

	it('is reported without it if there is neither', async () => {
		expect((await refusal(`${at('none')} `)).message).toBe(`There is no file or folder "${at('none')}"`);
	});

	it('is that of a folder, too', async () => {
		await mkdir(at('reel '));
		await writeFile(at('reel ', 'a'), 'a');
		expect(await places(at('reel '))).toEqual([['reel ', 'a']]);
	});
});

describe('a path that n8n does not allow', () => {
	const { env } = process;
	const before = env.N8N_RESTRICT_FILE_ACCESS_TO;
	afterEach(() => {
		if (before === undefined) delete env.N8N_RESTRICT_FILE_ACCESS_TO;
		else env.N8N_RESTRICT_FILE_ACCESS_TO = before;
	});
	const hintFor = async (path: string, allowed: string[]) => (await refusal(path, fakeN8n({ allowed }).n8n)).hint;
	const ask = 'Ask your n8n administrator to add the folder to N8N_RESTRICT_FILE_ACCESS_TO.';

	it('is refused with the folders that are allowed', async () => {
		env.N8N_RESTRICT_FILE_ACCESS_TO = ` /data ; ~/media;relative;/stale;`;
		expect(await hintFor(at('card'), ['/data', join(homedir(), 'media')])).toBe(
			`Workflows can read "/data", "${join(homedir(), 'media')}". ${ask}`,
		);
	});

	it('is refused with the default of n8n 2 if none are set', async () => {
		delete env.N8N_RESTRICT_FILE_ACCESS_TO;
		const folder = join(homedir(), '.n8n-files');
		expect(await hintFor(at('card'), [folder])).toBe(`Workflows can read "${folder}". ${ask}`);
		expect(await hintFor(at('card'), ['/read from a file'])).toBe(ask);
	});

	it('is refused with an explanation if a link leads out of the allowed folders', async () => {
		env.N8N_RESTRICT_FILE_ACCESS_TO = at('shared');
		await mkdir(at('shared'));
		await symlink(at('card'), at('shared', 'card'));
		expect(await hintFor(at('shared', 'card'), [at('shared')])).toBe(
			`Workflows can read "${at('shared')}". This path is in one of these folders, but a link in it leads to another one. ${ask}`,
		);
	});

	it('is refused without naming folders if n8n protects it wherever it is', async () => {
		env.N8N_RESTRICT_FILE_ACCESS_TO = root;
		const { n8n: host } = fakeN8n({ allowed: [root], blocked: [at('card')] });
		expect((await refusal(at('card'), host)).hint).toMatch(/^n8n protects its own folder/);
	});
});

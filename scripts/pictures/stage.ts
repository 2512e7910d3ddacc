import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { installN8n } from '../../e2e/n8n/installN8n.ts';
import { N8nClient } from '../../e2e/n8n/N8nClient.ts';
import { packTarball } from '../../e2e/n8n/packTarball.ts';
import { type RunningN8n, startN8n } from '../../e2e/n8n/startN8n.ts';
import type { WorkflowFile } from '../../e2e/n8n/workflows.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start.ts';
import { undoAtEnd, undoOnceMade } from '../commandLine/undo.ts';
import { type Content, examples, root } from './pages.ts';

export interface Stage {
	n8n: Pick<RunningN8n, 'url' | 'install'>;
	content: Content;
}

/**
 * Starts n8n with the packed package, and a sandbox; imports all examples, with credentials that point to the sandbox. Ends with what
 * `undoAll` undoes.
 */
export async function openStage(report: (line: string) => void): Promise<Stage> {
	const folder = await mkdtemp(join(await realpath(tmpdir()), 'masv-pictures-'));
	undoAtEnd(async () => await rm(folder, { recursive: true, force: true }));
	const userFolder = join(folder, 'n8n');
	const filesFolder = join(userFolder, '.n8n-files');
	await writeSamples(join(filesFolder, 'to-send'));
	const install = await installN8n({ folder: join(root, 'e2e', '.n8n'), report });
	const packageTarball = await packTarball({ root, into: folder, report });
	const sandbox = await startSandbox();
	undoAtEnd(async () => await sandbox.close());
	const starting = startN8n({ install, userFolder, packageTarball, filesFolder, log: report });
	const n8n = await undoOnceMade(starting, async (made) => await made.stop());
	return { n8n, content: await fill(new N8nClient(n8n.url), sandbox) };
}

async function fill(client: N8nClient, { url, apiKey, teamId }: Sandbox): Promise<Content> {
	await client.login();
	const credential = await client.credentials.create('MASV account', 'masvApi', { apiKey, teamId, baseUrl: url });
	await client.credentials.create('MASV Portal account', 'masvPortalApi', {
		portal: 'dailies',
		accessCode: '',
		baseUrl: url,
	});
	const content: Content = { credentialId: credential.id, workflows: {} };
	for (const name of examples) {
		const file = JSON.parse(await readFile(join(root, 'examples', `${name}.json`), 'utf8')) as WorkflowFile;
		const { id, nodes } = await client.workflows.importFile(file);
		const first = nodes.find(({ type }) => type !== 'n8n-nodes-base.stickyNote');
		content.workflows[name] = { id, firstNode: first?.name ?? '' };
	}
	return content;
}

async function writeSamples(folder: string): Promise<void> {
	await mkdir(join(folder, 'A001'), { recursive: true });
	await writeFile(join(folder, 'A001', 'A001_C001.mov'), Buffer.alloc(24 * 1024 * 1024, 1));
	await writeFile(join(folder, 'A001', 'A001_C002.mov'), Buffer.alloc(9 * 1024 * 1024, 2));
	await writeFile(join(folder, 'camera report.pdf'), 'a report\n');
}

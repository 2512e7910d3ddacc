import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { type Fault, type Sandbox, startSandbox } from '../../sandbox/start.ts';
import { type Execution, output } from '../n8n/executions.ts';
import { installN8n } from '../n8n/installN8n.ts';
import { N8nClient } from '../n8n/N8nClient.ts';
import { type RunningN8n, startN8n } from '../n8n/startN8n.ts';
import type { Workflow } from '../n8n/workflows.ts';
import { bytes, root, sha256, toWorkflow, until } from './lab.ts';
import { readPrepared } from './prepared.ts';

/** A workflow with a MASV of its own, so that many can be interrupted at once. */
export interface Added {
	sandbox: Sandbox;
	workflow: Workflow;
}

/** One delivery that is interrupted. */
export interface Interrupted extends Added {
	/** SHA-256 by path in the package. */
	contents: Map<string, string>;
	/** Resolves when the requests that get no response have been executed, and the other files are finalized. */
	untilStuck(): Promise<void>;
}

export interface Interruption {
	name: string;
	/** Content by path in the sent folder. */
	files: Map<string, Buffer>;
	/** Requests that are executed, but get no response. */
	lost: Array<Pick<Fault, 'step' | 'partNumber' | 'skip'>>;
	/** How many files MASV finalizes in spite of that. */
	finalized: number;
	transfer?: Record<string, unknown>;
}

/** The JSON of Send Files. */
export interface Sent {
	package: { id: string; state: string };
	files: Array<{ id: string; name: string; path: string }>;
	link: { id: string } | null;
	parts: number;
	resumed_parts: number;
	reconciled: boolean;
}

/** An n8n to kill, and workflows that it is working on. */
export interface KillLab {
	/** n8n may read and write files below it. */
	filesFolder: string;
	begin(interruption: Interruption): Promise<Interrupted>;
	/** Creates a workflow of one MASV node that uses this MASV, which is closed with the lab. */
	add(name: string, sandbox: Sandbox, parameters: Record<string, unknown>): Promise<Added>;
	start(added: Added): Promise<void>;
	/** Runs the workflow and waits until it has ended. */
	run(added: Added): Promise<Execution>;
	kill(): Promise<void>;
	restart(): Promise<void>;
	/** After a kill: moves n8n's data to another path and starts it there under another host name, if that is given. */
	moveTo(hostName: string | undefined): Promise<void>;
	/** Content of the files of leases. */
	leases(): Promise<string[]>;
	/** Content of all records. */
	records(): Promise<string>;
	pid(): number;
	close(): Promise<void>;
}

/** @param folder is used for everything, and not removed */
export async function openKillLab(folder: string): Promise<KillLab> {
	const filesFolder = join(folder, 'files');
	const { tarball, trust } = readPrepared();
	const start = async (userFolder: string, hostName?: string, packageTarball?: string): Promise<RunningN8n> => {
		const install = await installN8n({ folder: join(root, 'e2e', '.n8n') });
		return await startN8n({ install, userFolder, packageTarball, filesFolder, hostName, env: trust });
	};
	let userFolder = join(folder, 'n8n');
	let n8n = await start(userFolder, undefined, tarball);
	let client = new N8nClient(n8n.url);
	await client.login();
	const sandboxes: Sandbox[] = [];
	const add: KillLab['add'] = async (name, sandbox, parameters) => {
		sandboxes.push(sandbox);
		const { apiKey, teamId, url } = sandbox;
		const masvApi = await client.credentials.create(name, 'masvApi', { apiKey, teamId, baseUrl: url });
		const workflow = await client.workflows.create(toWorkflow({ parameters, credentials: { masvApi } }));
		return { sandbox, workflow };
	};
	const bookkeeping = (): string => join(userFolder, '.n8n', 'masv-uploads');

	return {
		filesFolder,
		add,
		begin: async ({ name, files, lost, finalized, transfer = {} }) => {
			for (const [path, content] of files) {
				await mkdir(dirname(join(filesFolder, name, path)), { recursive: true });
				await writeFile(join(filesFolder, name, path), content);
			}
			const { sandbox, workflow } = await add(name, await startSandbox(), {
				resource: 'package',
				operation: 'send',
				packageName: name,
				recipients: 'client@example.com',
				source: 'path',
				paths: join(filesFolder, name),
				transfer: { partSize: 5, ...transfer },
			});
			const faults = lost.map((fault) => sandbox.inject({ ...fault, kind: 'hangAfterBody' }));
			return {
				sandbox,
				workflow,
				contents: new Map([...files].map(([path, content]) => [`${name}/${path}`, sha256(content)])),
				untilStuck: async () => {
					await until(() => {
						const stuck = sandbox.requests.filter(({ handled, status }) => handled && status === 0);
						if (stuck.length < faults.length) return undefined;
						const done = sandbox.requests.filter(({ step, status }) => step === 'finalizeFile' && status === 204);
						return done.length >= finalized ? true : undefined;
					});
				},
			};
		},
		run: async ({ workflow }) => await client.executions.runAndWait(workflow, 'Start'),
		start: async ({ workflow }) => void (await client.executions.run(workflow, 'Start')),
		kill: async () => await n8n.kill(),
		restart: async () => {
			await n8n.restart();
			await client.login();
		},
		moveTo: async (hostName) => {
			const moved = `${userFolder}-moved`;
			await rename(userFolder, moved);
			userFolder = moved;
			n8n = await start(userFolder, hostName);
			client = new N8nClient(n8n.url);
			await client.login();
		},
		leases: async () => {
			const names = (await readdir(bookkeeping(), { recursive: true })).filter((name) => /\.lease\/\d+$/.test(name));
			return await Promise.all(names.map(async (name) => await readFile(join(bookkeeping(), name), 'utf8')));
		},
		records: async () => {
			const names = (await readdir(bookkeeping()).catch(() => [])).filter((name) => name.endsWith('.jsonl'));
			const texts = names.map(async (name) => await readFile(join(bookkeeping(), name), 'utf8'));
			return (await Promise.all(texts)).join('\n');
		},
		pid: () => n8n.pid,
		close: async () => {
			await n8n.stop();
			await Promise.all(sandboxes.map(async (sandbox) => await sandbox.close()));
		},
	};
}

/** A file of five parts, of which the last is shorter, and three small ones. */
export function largeAndSmall(): Map<string, Buffer> {
	const mebibyte = 1024 * 1024;
	return new Map([
		['A001.mov', bytes(24 * mebibyte)],
		['a.txt', bytes(1000)],
		['b.txt', bytes(2000)],
		['day 2/c.txt', bytes(3000)],
	]);
}

export function sentBy(execution: Execution): Sent {
	return output(execution, 'MASV')[0]?.json as unknown as Sent;
}

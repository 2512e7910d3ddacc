/**
 * The main use case in one command: sends real files to MASV through the real n8n.
 *
 *   npm run demo -- [PATH ...] [--exit]
 *
 * Without a path it sends the current `node` executable and a folder of small files. If MASV_API_KEY and MASV_TEAM_ID are
 * set, it sends to the real MASV instead of the sandbox. With --exit it exits after the job, with code 0 or 1.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { installN8n } from '../e2e/n8n/installN8n.ts';
import { errorOf, type Execution, output } from '../e2e/n8n/executions.ts';
import { N8nClient } from '../e2e/n8n/N8nClient.ts';
import { owner } from '../e2e/n8n/N8nSession.ts';
import { packTarball } from '../e2e/n8n/packTarball.ts';
import { type RunningN8n, startN8n } from '../e2e/n8n/startN8n.ts';
import { type Sandbox, startSandbox } from '../sandbox/start.ts';

const root = dirname(import.meta.dirname);
const startedAt = Date.now();

interface Job {
	/** What the node's credential contains. */
	credential: { apiKey: string; teamId: string; baseUrl: string };
	/** undefined if the files go to the real MASV. */
	sandbox: Sandbox | undefined;
	paths: string[];
	bytes: number;
}

interface SentOutput {
	package: { id: string; name: string; state: string };
	link_url: string | null;
	files: Array<{ id: string; name: string; path: string; size: number; parts: number }>;
	bytes: number;
	duration_ms: number;
}

await main();

async function main(): Promise<void> {
	const words = process.argv.slice(2);
	const exits = words.includes('--exit');
	const work = await mkdtemp(join(tmpdir(), 'masv-demo-'));
	let n8n: RunningN8n | undefined;
	let sandbox: Sandbox | undefined;
	const cleanUp = async (): Promise<void> => {
		await n8n?.stop();
		await sandbox?.close();
		await rm(work, { recursive: true, force: true });
	};
	try {
		const paths = await choosePaths(
			words.filter((word) => !word.startsWith('--')),
			work,
		);
		const packageTarball = await packTarball({ root, into: work, report: say });
		const install = await installN8n({ folder: join(root, 'e2e', '.n8n'), report: say });
		const { MASV_API_KEY: apiKey, MASV_TEAM_ID: teamId, MASV_BASE_URL: baseUrl } = process.env;
		if (apiKey === undefined || teamId === undefined) {
			sandbox = await startSandbox();
			say(`sandbox: MASV at ${sandbox.url}, its storage at ${sandbox.storageUrl}`);
		}
		const credential = sandbox ?? {
			apiKey: apiKey ?? '',
			teamId: teamId ?? '',
			url: baseUrl ?? 'https://api.massive.app',
		};
		n8n = await startN8n({
			install,
			userFolder: join(work, 'n8n'),
			packageTarball,
			filesFolder: await foldersOf(paths),
			env: {
				GENERIC_TIMEZONE: Intl.DateTimeFormat().resolvedOptions().timeZone,
				...(sandbox === undefined && proxySettings()),
			},
			log: say,
		});
		const job: Job = {
			credential: { apiKey: credential.apiKey, teamId: credential.teamId, baseUrl: credential.url },
			sandbox,
			paths,
			bytes: await totalBytes(paths),
		};
		const works = await run(n8n, job);
		if (sandbox !== undefined) sayHowToTry(sandbox, n8n.filesFolders);
		process.exitCode = works ? 0 : 1;
		if (exits) return;
		say(`editor: open at ${n8n.url}   user ${owner.email}   password ${owner.password}`);
		say('Press Ctrl+C to exit.');
		await new Promise<void>((end) => process.once('SIGINT', () => end()).once('SIGTERM', () => end()));
	} catch (error) {
		console.error(error instanceof Error ? error.message : error);
		process.exitCode = 1;
	} finally {
		await cleanUp();
	}
}

/** What a credential and a node of one's own need. The key is that of the sandbox, which ends with this process. */
function sayHowToTry({ url, apiKey, teamId }: Sandbox, folders: string[]): void {
	say('to try it with a credential of your own:');
	console.log(`  API Key          ${apiKey}`);
	console.log(`  Team ID          ${teamId}`);
	console.log(`  Base URL         ${url}`);
	console.log(`  allowed folders  ${folders.join('\n                   ')}\n`);
}

/** Absolute paths with links resolved, because n8n checks access on the real path. */
async function choosePaths(given: string[], work: string): Promise<string[]> {
	if (given.length > 0) {
		for (const path of given) if (!existsSync(path)) throw new Error(`File or folder "${path}" does not exist.`);
		return await Promise.all(given.map(async (path) => await realpath(resolve(path))));
	}
	// A file of over 100 MB that exists wherever this runs. It is copied so that n8n can only read what it sends.
	const folder = join(await realpath(work), 'files');
	await mkdir(join(folder, 'small files', 'day 1'), { recursive: true });
	await cp(await realpath(process.execPath), join(folder, 'node'));
	for (let index = 1; index <= 20; index++) {
		await writeFile(join(folder, 'small files', `note ${index}.txt`), `Note ${index}\n`.repeat(index * 50));
	}
	await writeFile(join(folder, 'small files', 'day 1', 'Größe 映画 🎬.txt'), 'all kinds of names\n');
	await writeFile(join(folder, 'small files', 'day 1', 'empty.txt'), '');
	return [join(folder, 'node'), join(folder, 'small files')];
}

/** The folders that n8n must be allowed to read: it cannot allow single files. */
async function foldersOf(paths: string[]): Promise<string[]> {
	return await Promise.all(paths.map(async (path) => ((await stat(path)).isDirectory() ? path : dirname(path))));
}

/** To reach the real MASV, n8n needs this process's proxy settings. */
function proxySettings(): Record<string, string | undefined> {
	const names = [
		'HTTP_PROXY',
		'HTTPS_PROXY',
		'NO_PROXY',
		'http_proxy',
		'https_proxy',
		'no_proxy',
		'NODE_EXTRA_CA_CERTS',
	];
	return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}

async function run(n8n: RunningN8n, job: Job): Promise<boolean> {
	const client = new N8nClient(n8n.url);
	await client.login();
	await client.credentials.create('MASV account', 'masvApi', job.credential);
	const workflow = await client.workflows.importFile(join(root, 'examples', 'send-files.json'), (node) => {
		if (node.name === 'Send Files') node.parameters.paths = job.paths.join('\n');
	});
	say('n8n: running examples/send-files.json');
	const bar = drawProgress(n8n, job);
	const execution = await client.executions.runAndWait(workflow, 'Start', {
		timeoutMs: 24 * 3_600_000,
		pollMs: 100,
		onProgress: bar.draw,
	});
	await bar.end(execution.status === 'success');
	if (execution.status !== 'success') {
		const error = errorOf(execution);
		say(
			`failed: ${error?.message ?? execution.status}${typeof error?.description !== 'string' ? '' : `\n        ${error.description}`}`,
		);
		return false;
	}
	return await report(execution, job);
}

/** Shows progress: the bytes that the sandbox received, or what the node writes to n8n's log. */
function drawProgress(n8n: RunningN8n, job: Job): { draw: () => void; end: (whole: boolean) => Promise<void> } {
	const width = 40;
	const show = (share: number, text: string): void => {
		const filled = Math.round(width * Math.min(1, share));
		const line = `[${'█'.repeat(filled)}${'░'.repeat(width - filled)}] ${text}`;
		process.stdout.write(process.stdout.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
	};
	let shown = -1;
	const showBytes = (bytes: number): void => {
		if (bytes === shown) return;
		shown = bytes;
		show(job.bytes === 0 ? 1 : bytes / job.bytes, `${mebibytes(bytes)} of ${mebibytes(job.bytes)}`);
	};
	const stored = (): number =>
		(job.sandbox?.requests ?? [])
			.filter(({ step }) => step === 'partPut')
			.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
	const showLogged = async (): Promise<void> => {
		const last = [...(await readFile(n8n.logFile, 'utf8')).matchAll(/MASV upload: (\d+) %, (.*)/g)].at(-1);
		if (last !== undefined) show(Number(last[1]) / 100, `${last[2]}`);
	};
	return {
		draw: () => void (job.sandbox === undefined ? showLogged() : showBytes(stored())),
		end: async (whole) => {
			await (job.sandbox === undefined ? showLogged() : showBytes(whole ? Math.max(stored(), job.bytes) : stored()));
			if (process.stdout.isTTY) process.stdout.write('\n');
		},
	};
}

/** Compares the stored files with the originals, and prints the result. */
async function report(execution: Execution, { sandbox, paths }: Job): Promise<boolean> {
	const sent = output(execution, 'Send Files')[0]?.json as unknown as SentOutput;
	console.log(`\npackage  ${sent.package.name}   ${sent.package.id}   ${sent.package.state}`);
	console.log(`link     ${sent.link_url ?? '(none)'}`);
	if (sandbox !== undefined)
		console.log(`files    ${sandbox.pageOf(sent.package.id)}   (to download them from the sandbox)`);
	console.log(
		`sent     ${mebibytes(sent.bytes)} in ${(sent.duration_ms / 1000).toFixed(1)} s, ${sent.files.length} files\n`,
	);
	const local = await localFiles(paths);
	let same = sent.files.length === local.size;
	for (const file of sent.files) {
		const place = join(file.path, file.name);
		const origin = local.get(place);
		const before = origin === undefined ? 'no local file' : await sha256(origin);
		const after = await sandbox?.sha256(sent.package.id, file.id);
		const verdict = after === undefined ? '' : before === after ? '  same' : '  DIFFERENT';
		if (after !== undefined && before !== after) same = false;
		console.log(`${place}   ${file.size} bytes, ${file.parts} ${file.parts === 1 ? 'part' : 'parts'}${verdict}`);
		console.log(`  sent    sha256 ${before}`);
		console.log(`  stored  sha256 ${after ?? '(not reported by MASV)'}`);
	}
	console.log('');
	say(same ? 'done: all files arrived unchanged' : 'failed: the stored files differ from the originals');
	return same;
}

/** All files below the given paths, by their path in the package. */
async function localFiles(paths: string[]): Promise<Map<string, string>> {
	const found = new Map<string, string>();
	for (const path of paths) {
		if (!(await stat(path)).isDirectory()) {
			found.set(basename(path), path);
			continue;
		}
		for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
			if (!entry.isFile()) continue;
			const file = join(entry.parentPath, entry.name);
			found.set(relative(dirname(path), file), file);
		}
	}
	return found;
}

async function totalBytes(paths: string[]): Promise<number> {
	let bytes = 0;
	for (const file of (await localFiles(paths)).values()) bytes += (await stat(file)).size;
	return bytes;
}

async function sha256(file: string): Promise<string> {
	const hash = createHash('sha256');
	await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash);
	return hash.digest('hex');
}

function mebibytes(bytes: number): string {
	return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

function say(line: string): void {
	console.log(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}`);
}

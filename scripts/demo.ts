/**
 * Both halves of the main use case in one command: sends real files to MASV through the real n8n, and receives them.
 *
 * Without a path it sends the current `node` executable and a folder of small files. With --receive it then receives what it
 * has sent, by the link and without an account. If MASV_API_KEY and MASV_TEAM_ID are set, it uses the real MASV instead of
 * the sandbox. With --exit it exits after the job, with code 0 or 1.
 */
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { installN8n } from '../e2e/n8n/installN8n.ts';
import { N8nClient } from '../e2e/n8n/N8nClient.ts';
import { owner } from '../e2e/n8n/N8nSession.ts';
import { packTarball } from '../e2e/n8n/packTarball.ts';
import { startN8n } from '../e2e/n8n/startN8n.ts';
import { type Sandbox, startSandbox } from '../sandbox/start.ts';
import { readOptions, text } from './commandLine/options.ts';
import { undoAll, undoAtEnd, undoOnceMade, untilInterrupted } from './commandLine/undo.ts';
import { choosePaths, foldersOf } from './demo/files.ts';
import { receive } from './demo/receive.ts';
import { say } from './demo/say.ts';
import { send } from './demo/send.ts';

const root = dirname(import.meta.dirname);

await main();

async function main(): Promise<void> {
	const {
		words,
		receive: isReceiving,
		exit,
	} = readOptions('npm run demo -- [PATH ...] [--receive] [--exit]', {
		flags: ['receive', 'exit'],
		readWord: text,
	});
	const work = await realpath(await mkdtemp(join(tmpdir(), 'masv-demo-')));
	undoAtEnd(async () => await rm(work, { recursive: true, force: true }));
	let sandbox: Sandbox | undefined;
	try {
		const paths = await choosePaths(words, work);
		const received = join(work, 'received');
		await mkdir(received);
		const packageTarball = await packTarball({ root, into: work, report: say });
		const install = await installN8n({ folder: join(root, 'e2e', '.n8n'), report: say });
		const { MASV_API_KEY: apiKey, MASV_TEAM_ID: teamId, MASV_BASE_URL: baseUrl } = process.env;
		if (apiKey === undefined || teamId === undefined) {
			const started = await startSandbox();
			undoAtEnd(async () => await started.close());
			sandbox = started;
			say(`sandbox: MASV at ${sandbox.url}, its storage at ${sandbox.storageUrl}`);
		}
		const starting = startN8n({
			install,
			userFolder: join(work, 'n8n'),
			packageTarball,
			filesFolder: [...(await foldersOf(paths)), received],
			env: {
				GENERIC_TIMEZONE: Intl.DateTimeFormat().resolvedOptions().timeZone,
				...(sandbox === undefined && proxySettings()),
			},
			log: say,
		});
		const n8n = await undoOnceMade(starting, async (made) => await made.stop());
		const client = new N8nClient(n8n.url);
		await client.login();
		await client.credentials.create('MASV account', 'masvApi', {
			apiKey: sandbox?.apiKey ?? apiKey,
			teamId: sandbox?.teamId ?? teamId,
			baseUrl: sandbox?.url ?? baseUrl ?? 'https://api.massive.app',
		});
		const demo = { root, n8n, client };
		const { sent, same } = await send(demo, sandbox, paths);
		let works = same;
		if (isReceiving) {
			if (sent.link_url === null) throw new Error('MASV did not return a link, so there is nothing to receive by.');
			const server = sandbox?.url ?? baseUrl ?? '';
			const delivery = { link: sent.link_url, server, bytes: sent.bytes, paths };
			works = (await receive(demo, received, delivery)) && same;
		}
		process.exitCode = works ? 0 : 1;
		if (exit) return;
		if (sandbox !== undefined) {
			sayHowToTry(sandbox, n8n.filesFolders);
			say(`page of the link, to download the files: ${sandbox.pageOf(sent.package.id)}`);
		}
		say(`editor: open at ${n8n.url}   user ${owner.email}   password ${owner.password}`);
		say('Press Ctrl+C to exit.');
		await untilInterrupted();
	} catch (error) {
		console.error(error instanceof Error ? error.message : error);
		process.exitCode = 1;
	} finally {
		await undoAll();
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

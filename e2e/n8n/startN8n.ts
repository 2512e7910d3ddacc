import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from './freePorts.ts';
import { installPackage } from './installPackage.ts';
import type { N8nInstall } from './installN8n.ts';

export interface StartOptions {
	install: N8nInstall;
	/**
	 * Becomes `N8N_USER_FOLDER` (database, settings, binary data, the node package) and the home folder. A fresh one gives
	 * a fresh n8n. Keep it outside of this repository: a dependency that the tarball lacks would be found in its
	 * `node_modules`, and the lack would show at the user's first.
	 */
	userFolder: string;
	/** What `npm pack` made. Without it the package that an earlier start put into `userFolder` stays. */
	packageTarball?: string;
	/** A free one when left out. */
	port?: number;
	/** On top of the quiet and local settings. A value of undefined takes a setting away. */
	env?: Record<string, string | undefined>;
	/** What nodes may read and write on disk; `<userFolder>/files` when left out. */
	filesFolder?: string | string[];
	/** Told one line for each stage. */
	log?: (line: string) => void;
}

export interface RunningN8n {
	/** No slash at the end. */
	url: string;
	readonly pid: number;
	install: N8nInstall;
	userFolder: string;
	filesFolders: string[];
	/** What n8n printed, in this and earlier runs in this user folder. */
	logFile: string;
	/** Milliseconds from start to usable. */
	readonly bootMs: number;
	/** Asks n8n to end (SIGTERM), waits for it and for its task runner. Harmless when it has ended. */
	stop(): Promise<void>;
	/** Ends n8n and its task runner at once (SIGKILL), as a power cut does. The next start takes 10 s longer: n8n sees a crash. */
	kill(): Promise<void>;
	/** Stops when running, and starts again in the same user folder and on the same port. */
	restart(): Promise<void>;
}

/** n8n looks out of the house in many places. With these it asks nobody, and the log has no failed look-ups. */
const quietAndLocal = {
	N8N_HOST: '127.0.0.1',
	N8N_PROTOCOL: 'http',
	N8N_LISTEN_ADDRESS: '127.0.0.1',
	N8N_RUNNERS_BROKER_LISTEN_ADDRESS: '127.0.0.1',
	N8N_SECURE_COOKIE: 'false',
	N8N_DIAGNOSTICS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
	N8N_TEMPLATES_ENABLED: 'false',
	N8N_PERSONALIZATION_ENABLED: 'false',
	N8N_HIRING_BANNER_ENABLED: 'false',
	N8N_DYNAMIC_BANNERS_ENABLED: 'false',
	N8N_VERIFIED_PACKAGES_ENABLED: 'false',
	N8N_DISABLED_MODULES: 'mcp-registry',
	NODE_ENV: 'production',
	DB_TYPE: 'sqlite',
};

/** The rest of the caller's environment stays out: a proxy, a NODE_OPTIONS, jest's NODE_ENV, an N8N_ variable of a real n8n. */
const inherited = ['TMPDIR', 'TEMP', 'TMP', 'LANG', 'LC_ALL', 'TZ', 'SystemRoot', 'ComSpec', 'PATHEXT'];

const bootTimeoutMs = 180_000;
/** n8n gives running executions 30 s to end. */
const stopTimeoutMs = 45_000;
const logTailLines = 30;

/**
 * Starts the real n8n, with the packed node package in it, and returns when its REST API answers.
 *
 * It runs in a process group of its own, listens on the loopback interface only, and does not outlive this process,
 * however this process ends.
 *
 * @throws Error with the last lines of n8n's log, when it ends early or does not get ready
 */
export async function startN8n(options: StartOptions): Promise<RunningN8n> {
	const { install, log = () => {} } = options;
	const userFolder = resolve(options.userFolder);
	const filesFolders = [options.filesFolder ?? join(userFolder, 'files')].flat().map((folder) => resolve(folder));
	const nodesFolder = join(userFolder, '.n8n', 'nodes');
	for (const folder of [join(nodesFolder, 'node_modules'), ...filesFolders]) await mkdir(folder, { recursive: true });
	if (options.packageTarball !== undefined) {
		log('package: installing the tarball and its dependencies into n8n');
		await installPackage(options.packageTarball, nodesFolder);
	}

	const [freePort = 0, brokerPort = 0] = await freePorts(2);
	const port = options.port ?? freePort;
	const url = `http://127.0.0.1:${port}`;
	const env: NodeJS.ProcessEnv = {
		...Object.fromEntries(inherited.map((name) => [name, process.env[name]])),
		// The task runner is started as plain `node`: it has to be the Node that n8n runs on.
		PATH: [dirname(install.node), process.env.PATH ?? ''].join(delimiter),
		HOME: userFolder,
		...quietAndLocal,
		N8N_USER_FOLDER: userFolder,
		N8N_PORT: String(port),
		N8N_RUNNERS_BROKER_PORT: String(brokerPort),
		N8N_RESTRICT_FILE_ACCESS_TO: filesFolders.join(';'),
		...options.env,
	};
	const logFile = join(userFolder, 'n8n.log');

	let current = await boot();

	async function boot(): Promise<{ run: Run; bootMs: number }> {
		log(`n8n: starting on ${url}`);
		const startedAt = Date.now();
		const run = await launch({ install, userFolder, env, logFile });
		try {
			await waitUntilReady(run, url);
		} catch (error) {
			await run.end('SIGKILL');
			throw error;
		}
		const bootMs = Date.now() - startedAt;
		log(`n8n: ready (${(bootMs / 1000).toFixed(1)} s)`);
		return { run, bootMs };
	}

	return {
		url,
		install,
		userFolder,
		filesFolders,
		logFile,
		get pid() {
			return current.run.pid;
		},
		get bootMs() {
			return current.bootMs;
		},
		stop: async () => await current.run.end('SIGTERM'),
		kill: async () => await current.run.end('SIGKILL'),
		restart: async () => {
			await current.run.end('SIGTERM');
			current = await boot();
		},
	};
}

/** One process of n8n, from launch to end. */
interface Run {
	pid: number;
	/** undefined while it runs, else how it ended. */
	ending(): string | undefined;
	/** The last lines of what this run printed. */
	logTail(): Promise<string>;
	/** Ends the process and all of its group, and returns when they are gone. */
	end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

async function launch(options: {
	install: N8nInstall;
	userFolder: string;
	env: NodeJS.ProcessEnv;
	logFile: string;
}): Promise<Run> {
	const { install, userFolder, env, logFile } = options;
	const logStart = await stat(logFile).then(
		(file) => file.size,
		() => 0,
	);
	// n8n writes the file itself. Through a pipe it would stand still while this process is busy.
	const logHandle = openSync(logFile, 'a');
	const child = spawn(install.node, [install.bin, 'start'], {
		// n8n reads a file `.env` from where it is started.
		cwd: userFolder,
		env,
		detached: true,
		stdio: ['ignore', logHandle, logHandle],
	});
	closeSync(logHandle);
	let ending: string | undefined;
	const ended = new Promise<void>((settle) => {
		child.once('error', (error) => {
			ending ??= error.message;
			settle();
		});
		child.once('exit', (code, signal) => {
			ending ??= signal === null ? `exit code ${code}` : `ended by ${signal}`;
			settle();
		});
	});
	const { pid } = child;
	if (pid === undefined) {
		await ended;
		throw new Error(`n8n could not be started: ${ending}`);
	}
	const watchdog = watch(pid);

	return {
		pid,
		ending: () => ending,
		logTail: async () => {
			const text = (await readFile(logFile)).subarray(logStart).toString('utf8');
			return text.trimEnd().split('\n').slice(-logTailLines).join('\n');
		},
		end: async (signal) => {
			if (ending === undefined) {
				if (signal === 'SIGKILL') signalGroup(pid, signal);
				// n8n alone is asked to end: it ends its task runner itself, after the runs that need it.
				else child.kill(signal);
				const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), stopTimeoutMs);
				await ended;
				clearTimeout(timer);
			}
			watchdog?.kill('SIGKILL');
			await endGroup(pid);
		},
	};
}

/**
 * A shell that holds one end of a pipe. When this process goes, in whatever way, the pipe closes and the shell ends
 * n8n, which is in a group of its own where no Ctrl-C reaches it. 700 MB should not stay behind.
 */
function watch(pid: number): ChildProcess | undefined {
	if (process.platform === 'win32') return undefined;
	const script = `read -r nothing; kill -TERM -${pid} 2>/dev/null && sleep 5 && kill -KILL -${pid} 2>/dev/null`;
	const watchdog = spawn('/bin/sh', ['-c', script], { cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
	watchdog.on('error', () => {});
	watchdog.unref();
	(watchdog.stdin as { unref?: () => void } | null)?.unref?.();
	return watchdog;
}

/** Signals every process of the group; false when there is none left. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
	try {
		process.kill(process.platform === 'win32' ? pid : -pid, signal);
		return true;
	} catch {
		return false;
	}
}

/** Ends what is left of the group when its leader is gone: a task runner that was orphaned. */
async function endGroup(pid: number): Promise<void> {
	for (let left = 50; left > 0 && signalGroup(pid, 'SIGKILL'); left--) await sleep(50);
}

/** `/healthz` alone answers before the database is migrated, and readiness before the REST API does. */
async function waitUntilReady(run: Run, url: string): Promise<void> {
	const giveUpAt = Date.now() + bootTimeoutMs;
	for (;;) {
		const ending = run.ending();
		if (ending !== undefined) throw new Error(`n8n did not start (${ending}):\n${await run.logTail()}`);
		if ((await answers(`${url}/healthz/readiness`)) && (await answers(`${url}/rest/settings`))) return;
		if (Date.now() > giveUpAt) {
			throw new Error(`n8n was not ready after ${bootTimeoutMs / 1000} s:\n${await run.logTail()}`);
		}
		await sleep(100);
	}
}

async function answers(url: string): Promise<boolean> {
	try {
		const response = await fetch(url, { signal: AbortSignal.timeout(3_000) });
		// A page of the start screen is no answer: settings are JSON.
		await response.json();
		return response.ok;
	} catch {
		return false;
	}
}

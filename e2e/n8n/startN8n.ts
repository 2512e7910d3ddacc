import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from './freePorts.ts';
import { underHostName } from './hostName.ts';
import { installPackage } from './installPackage.ts';
import type { N8nInstall } from './installN8n.ts';

export interface StartOptions {
	install: N8nInstall;
	/**
	 * Used as `N8N_USER_FOLDER` (database, settings, binary data, the node package) and as the home folder. An empty folder
	 * gives a new n8n. Keep it outside this repository: otherwise Node would find a dependency that is missing from the
	 * tarball in the repository's `node_modules`, and only users would notice.
	 */
	userFolder: string;
	/** The output of `npm pack`. Default: the package that an earlier start installed in `userFolder`. */
	packageTarball?: string;
	/** Default: a free port. */
	port?: number;
	/** Overrides the quiet and local settings. A value of undefined removes a setting. */
	env?: Record<string, string | undefined>;
	/** The host name that n8n sees. Default: that of this machine. @throws Error if {@link underHostName} does */
	hostName?: string;
	/** Folders in which nodes may read and write files. Default: `<userFolder>/files`. */
	filesFolder?: string | string[];
	/** Called with one line per stage. */
	log?: (line: string) => void;
}

export interface RunningN8n {
	/** No slash at the end. */
	url: string;
	readonly pid: number;
	install: N8nInstall;
	userFolder: string;
	filesFolders: string[];
	/** n8n's output, of this and earlier runs in this user folder. */
	logFile: string;
	/** Milliseconds from launch until the REST API responded. */
	readonly bootMs: number;
	/** Asks n8n to exit (SIGTERM) and waits for it and its task runner. Does nothing if n8n has exited. */
	stop(): Promise<void>;
	/** Kills n8n and its task runner (SIGKILL), like a power failure. n8n detects the crash, so the next start takes 10 s longer. */
	kill(): Promise<void>;
	/** Stops n8n if it is running, and starts it in the same user folder and on the same port. */
	restart(): Promise<void>;
}

/** n8n contacts several external services. These settings prevent that, and keep failed lookups out of the log. */
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

/** Nothing else is passed on: no proxy, NODE_OPTIONS, NODE_ENV of jest, or N8N_ variable of another n8n. */
const inherited = ['TMPDIR', 'TEMP', 'TMP', 'LANG', 'LC_ALL', 'TZ', 'SystemRoot', 'ComSpec', 'PATHEXT'];

const bootTimeoutMs = 180_000;
/** n8n gives running executions 30 s to finish. */
const stopTimeoutMs = 45_000;
const logTailLines = 30;

/**
 * Starts the real n8n with the packed node package installed, and returns when its REST API responds.
 *
 * n8n runs in its own process group, listens on the loopback interface only, and does not outlive this process, however
 * this process ends.
 *
 * @throws Error with the last lines of n8n's log if it exits early or does not become ready
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
		// n8n starts its task runner as `node`, which must be the same Node that runs n8n.
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
		const run = await launch({ install, userFolder, env, logFile, hostName: options.hostName });
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

/** One n8n process, from launch to exit. */
interface Run {
	pid: number;
	/** How the process ended; undefined while it is running. */
	ending(): string | undefined;
	/** The last lines of this run's output. */
	logTail(): Promise<string>;
	/** Ends the process and its whole group, and returns when they have exited. */
	end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

async function launch(options: {
	install: N8nInstall;
	userFolder: string;
	env: NodeJS.ProcessEnv;
	logFile: string;
	hostName: string | undefined;
}): Promise<Run> {
	const { install, userFolder, env, logFile, hostName } = options;
	const logStart = await stat(logFile).then(
		(file) => file.size,
		() => 0,
	);
	// n8n writes to the file itself. With a pipe it would block whenever this process is busy.
	const logHandle = openSync(logFile, 'a');
	const command = [install.node, install.bin, 'start'];
	const [program = '', ...args] = hostName === undefined ? command : await underHostName(hostName, command);
	const child = spawn(program, args, {
		// n8n reads a `.env` file from its working directory.
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
			ending ??= signal === null ? `exit code ${code}` : `killed by ${signal}`;
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
				// Only n8n gets the signal: it stops its task runner itself, after the executions that need it.
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
 * Starts a shell that waits on a pipe from this process. When this process ends, however it ends, the pipe closes and
 * the shell ends n8n: in its own process group, n8n gets no Ctrl-C and would keep running with 700 MB.
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

/** Signals every process of the group; returns false if there is none left. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
	try {
		process.kill(process.platform === 'win32' ? pid : -pid, signal);
		return true;
	} catch {
		return false;
	}
}

/** Ends what remains of the group after its leader exited: an orphaned task runner. */
async function endGroup(pid: number): Promise<void> {
	for (let left = 50; left > 0 && signalGroup(pid, 'SIGKILL'); left--) await sleep(50);
}

/** `/healthz` responds before the database is migrated, and `/healthz/readiness` before the REST API is available. */
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
		// While n8n starts, it responds with an HTML page; the settings are JSON.
		await response.json();
		return response.ok;
	} catch {
		return false;
	}
}

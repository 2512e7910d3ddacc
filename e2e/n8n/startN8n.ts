import { mkdir } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from './freePorts.ts';
import { underHostName } from './hostName.ts';
import { installPackage } from './installPackage.ts';
import type { N8nInstall } from './installN8n.ts';
import { launchProcess, type LaunchedProcess } from './launchProcess.ts';

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
	/** What this process does. Default: everything. In queue mode, `main` leaves executions to workers. */
	role?: 'main' | 'worker' | 'webhook';
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

/**
 * Starts the real n8n with the packed node package installed, and returns when its REST API responds.
 *
 * n8n runs in its own process group, listens on the loopback interface only, and does not outlive this process, however
 * this process ends.
 *
 * @throws Error with the last lines of n8n's log if it exits early or does not become ready
 */
export async function startN8n(options: StartOptions): Promise<RunningN8n> {
	const { install, role = 'main', log = () => {} } = options;
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
		// Of a worker, which serves nothing else.
		QUEUE_HEALTH_CHECK_PORT: String(port),
		N8N_RUNNERS_BROKER_PORT: String(brokerPort),
		N8N_RESTRICT_FILE_ACCESS_TO: filesFolders.join(';'),
		...options.env,
	};
	const logFile = join(userFolder, 'n8n.log');

	let current = await boot();

	async function boot(): Promise<{ run: LaunchedProcess; bootMs: number }> {
		log(`n8n: starting on ${url}`);
		const startedAt = Date.now();
		const own = [install.node, install.bin, ...commandOf[role]];
		const command = options.hostName === undefined ? own : await underHostName(options.hostName, own);
		// n8n reads a `.env` file from its working directory.
		const run = await launchProcess({ name: 'n8n', command, cwd: userFolder, env, logFile });
		try {
			await waitUntilReady(run, role === 'main' ? [readiness(url), `${url}/rest/settings`] : [readiness(url)]);
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

const commandOf = { main: ['start'], worker: ['worker', '--concurrency=10'], webhook: ['webhook'] };

const readiness = (url: string): string => `${url}/healthz/readiness`;

/** `/healthz` responds before the database is migrated, and `/healthz/readiness` before the REST API is available. */
async function waitUntilReady(run: LaunchedProcess, urls: string[]): Promise<void> {
	const giveUpAt = Date.now() + bootTimeoutMs;
	for (;;) {
		const ending = run.ending();
		if (ending !== undefined) throw new Error(`n8n did not start (${ending}):\n${await run.logTail()}`);
		if ((await Promise.all(urls.map(answers))).every((isReady) => isReady)) return;
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

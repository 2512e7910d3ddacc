import { chmod, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { canRenameHost } from '../n8n/hostName.ts';
import { installN8n } from '../n8n/installN8n.ts';
import { N8nClient } from '../n8n/N8nClient.ts';
import { type RunningN8n, startN8n, type StartOptions } from '../n8n/startN8n.ts';
import { root } from '../support/lab.ts';
import { type ReverseProxy, startReverseProxy } from '../support/reverseProxy.ts';
import { startPostgres } from './startPostgres.ts';
import { startRedis } from './startRedis.ts';

export interface ClusterOptions {
	workers?: number;
	webhookProcessors?: number;
	/** Default: true. Otherwise, each process has a storage of its own, in `storage-<name>`. */
	isStorageShared?: boolean;
	/** For all processes. */
	env?: Record<string, string>;
	/** Called with one line per stage. */
	log?: (line: string) => void;
}

/**
 * n8n in queue mode, as an administrator sets it up: each process has a user folder of its own, and all share a storage. Each has a
 * host name of its own, too, as in containers, if the system allows it.
 */
export interface Cluster {
	/** Of the main process, which serves the editor and starts nothing itself. */
	client: N8nClient;
	main: RunningN8n;
	workers: RunningN8n[];
	/** Each behind a proxy of its own, because users have a load balancer that knows which of them are there. */
	webhookProcessors: Array<{ n8n: RunningN8n; proxy: ReverseProxy }>;
	/** `N8N_STORAGE_PATH`, if it is shared. */
	storage: string;
	/** Nodes may read and write files below it. */
	filesFolder: string;
	close(): Promise<void>;
}

export async function openCluster(options: ClusterOptions): Promise<Cluster> {
	const {
		workers: workerCount = 2,
		webhookProcessors: processorCount = 2,
		isStorageShared = true,
		log = () => {},
	} = options;
	const folder = await realpath(await mkdtemp(join(tmpdir(), 'masv-cluster-')));
	// For PostgreSQL, which runs as another user.
	await chmod(folder, 0o755);
	const ends: Array<() => Promise<void>> = [async () => await rm(folder, { recursive: true, force: true })];
	const close = async (): Promise<void> => {
		for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end();
	};
	try {
		const tools = join(root, 'e2e', '.n8n');
		const install = await installN8n({ folder: tools, report: log });
		log('queue mode: PostgreSQL and Redis');
		const starting = [startPostgres(join(folder, 'postgres'), tools), startRedis(folder)].map(async (start) => {
			const service = await start;
			ends.push(async () => await service.stop());
			return service;
		});
		// If one of them cannot be started, the other one is to be stopped.
		await Promise.allSettled(starting);
		const services = await Promise.all(starting);
		const storage = join(folder, 'storage');
		const filesFolder = join(folder, 'files');
		const haveHostNames = await canRenameHost();
		for (const shared of [storage, filesFolder]) await mkdir(shared);
		const start = async (name: string, more: Partial<StartOptions>): Promise<RunningN8n> => {
			const n8n = await startN8n({
				install,
				packageTarball: process.env.MASV_TARBALL,
				userFolder: join(folder, name),
				hostName: haveHostNames ? name : undefined,
				filesFolder,
				log: (line) => log(`${name}: ${line}`),
				...more,
				env: {
					DB_TYPE: 'postgresdb',
					EXECUTIONS_MODE: 'queue',
					OFFLOAD_MANUAL_EXECUTIONS_TO_WORKERS: 'true',
					QUEUE_HEALTH_CHECK_ACTIVE: 'true',
					N8N_ENCRYPTION_KEY: 'of all processes of this cluster',
					N8N_STORAGE_PATH: isStorageShared ? storage : `${storage}-${name}`,
					...Object.fromEntries(services.flatMap(({ env }) => Object.entries(env))),
					...options.env,
					...more.env,
				},
			});
			ends.push(async () => await n8n.stop());
			return n8n;
		};
		// Alone at first: it creates the tables.
		const main = await start('main', {});
		const others = async (count: number, role: 'worker' | 'webhook'): Promise<RunningN8n[]> => {
			const names = Array.from({ length: count }, (_, index) => `${role}-${index + 1}`);
			return await Promise.all(names.map(async (name) => await start(name, { role })));
		};
		const [workers, processors] = await Promise.all([others(workerCount, 'worker'), others(processorCount, 'webhook')]);
		const webhookProcessors = await Promise.all(
			processors.map(async (n8n) => {
				const proxy = await startReverseProxy(n8n.url);
				ends.push(async () => await proxy.close());
				return { n8n, proxy };
			}),
		);
		const client = new N8nClient(main.url);
		await client.login();
		return { client, main, workers, webhookProcessors, storage, filesFolder, close };
	} catch (error) {
		await close();
		throw error;
	}
}

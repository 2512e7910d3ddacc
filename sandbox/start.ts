import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { activityRoutes } from './api/activities.ts';
import { archiveRoutes } from './api/archive.ts';
import { ControlPlane } from './api/controlPlane.ts';
import { fileRoutes } from './api/files.ts';
import { linkRoutes } from './api/links.ts';
import { packageListRoutes } from './api/packageLists.ts';
import { packageRoutes } from './api/packages.ts';
import { portalRoutes } from './api/portals.ts';
import { storageRoutes } from './api/storage.ts';
import { teamRoutes } from './api/teams.ts';
import { transferRoutes } from './api/transfers.ts';
import { uploadRoutes } from './api/uploads.ts';
import { webhookRoutes } from './api/webhooks.ts';
import { Faults } from './http/faults.ts';
import { startPlane, type RecordedRequest } from './http/plane.ts';
import { WebhookSender } from './http/webhookSender.ts';
import type { Context } from './model/context.ts';
import { newApiKey, newId } from './model/ids.ts';
import { lastPartOf } from './model/lastPart.ts';
import { newState } from './model/state.ts';
import type { SandboxOptions } from './options.ts';
import { packagePage } from './packagePage.ts';
import { toSandbox, type Sandbox } from './sandbox.ts';
import { DataPlane } from './store/dataPlane.ts';
import { EmbeddedStore } from './store/embeddedStore.ts';
import { localStore } from './store/localStore.ts';
import { S3Store } from './store/s3Store.ts';
import type { Signer } from './store/sigV4.ts';

export type { Fault, InjectedFault } from './http/faults.ts';
export type { RecordedRequest } from './http/plane.ts';
export type { Step } from './http/steps.ts';
export type { SandboxOptions } from './options.ts';
export type { Sandbox, SeededFile } from './sandbox.ts';
export type { Activity, Package, Portal, Webhook } from './model/state.ts';

const defaultRetryDelaysMs = [500, 1000, 2000, 4000];

/** What close() has to close. */
type Started = Array<{ close: () => Promise<void> }>;

/**
 * Starts a local MASV: the API on one port, the storage on another. If it cannot be started, nothing is left of it.
 * @throws Error of the operating system if a port is taken, StoreFailure if the S3 endpoint refuses
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
	const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'masv-sandbox-')));
	const started: Started = [];
	const close = async () => {
		await Promise.all(started.map(async (each) => await each.close()));
		if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
	};
	try {
		await mkdir(folder, { recursive: true });
		return await startIn(folder, options, started, close);
	} catch (error) {
		await close();
		throw error;
	}
}

async function startIn(
	folder: string,
	options: SandboxOptions,
	started: Started,
	close: () => Promise<void>,
): Promise<Sandbox> {
	const host = options.host ?? '127.0.0.1';
	const now = options.now ?? Date.now;
	const state = newState(options.teamId ?? newId(now()), now());
	const requests: RecordedRequest[] = [];
	const faults = new Faults();
	const webhooks = new WebhookSender(options.webhookRetryDelaysMs ?? defaultRetryDelaysMs, now);
	started.push(webhooks);

	const storage = await startStorage(options, {
		folder,
		host,
		now,
		requests,
		faults,
		lastPartOf: (key) => {
			const file = state.files.get(key.split('/')[1] ?? '');
			return file === undefined ? undefined : lastPartOf(state, file);
		},
	});
	started.push(storage);
	const context: Context = {
		state,
		store: storage.store,
		webhooks,
		apiKey: options.apiKey ?? newApiKey(),
		tokenSecret: randomBytes(32).toString('hex'),
		now,
		webhooksAvailable: options.webhooks ?? true,
		onlyDocumented: options.onlyDocumented ?? false,
		portalArchiveForm: options.portalArchiveForm ?? 'both',
		directories: options.directories ?? 'accepted',
		ownerDownloads: options.ownerDownloads ?? false,
		signedHeaders: options.signedHeaders ?? false,
		likeSamples: options.likeSamples ?? false,
		transfers: { looks: 0, finalizes: true, ...options.transfers },
	};
	const api = new ControlPlane(context, [
		...teamRoutes,
		...portalRoutes,
		...packageListRoutes,
		...packageRoutes,
		...archiveRoutes(context.portalArchiveForm),
		...uploadRoutes,
		...fileRoutes(),
		...linkRoutes,
		...webhookRoutes,
		...activityRoutes,
		...storageRoutes,
		...transferRoutes(),
	]);
	const plane = await startPlane({
		plane: 'api',
		host,
		port: options.port ?? 0,
		requests,
		faults,
		identify: (request) => api.identify(request),
		handle: async (incoming) => packagePage(context, incoming.request) ?? (await api.handle(incoming)),
	});
	started.push(plane);
	return toSandbox(context, { url: plane.url, folder, requests, faults, webhooks, storageKeys: storage.keys, close });
}

interface StorageFrame {
	folder: string;
	host: string;
	now: () => number;
	requests: RecordedRequest[];
	faults: Faults;
	lastPartOf: (key: string) => number | undefined;
}

async function startStorage(
	{ s3, storagePort, storageTls, opaqueEtags, urlLifetimeSeconds: lifetimeSeconds = 3600 }: SandboxOptions,
	frame: StorageFrame,
) {
	const bucket = s3?.bucket ?? 'masv-sandbox';
	if (s3 !== undefined) {
		const signer: Signer = { ...s3, region: s3.region ?? 'us-east-1' };
		const store = new S3Store({ endpoint: s3.endpoint, signer, bucket, lifetimeSeconds });
		await store.prepare();
		return { store, keys: { ...signer, bucket }, close: async () => {} };
	}
	const { folder, host, now, requests, faults } = frame;
	const signer: Signer = {
		accessKeyId: 'SANDBOX' + randomBytes(6).toString('hex').toUpperCase(),
		secretAccessKey: randomBytes(30).toString('base64'),
		region: 'us-east-1',
	};
	const embedded = new EmbeddedStore(folder, now, opaqueEtags);
	const data = new DataPlane({ store: embedded, signer, bucket, now, lastPartOf: frame.lastPartOf });
	const plane = await startPlane({
		plane: 'storage',
		host,
		port: storagePort ?? 0,
		...(storageTls !== undefined && { tls: storageTls }),
		requests,
		faults,
		identify: (request) => data.identify(request),
		handle: async (incoming) => await data.handle(incoming),
	});
	const store = localStore({ embedded, url: plane.url, signer, bucket, lifetimeSeconds, now });
	return { store, keys: { ...signer, bucket }, close: plane.close };
}

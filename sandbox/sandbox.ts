import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Fault, Faults, InjectedFault } from './http/faults.ts';
import type { RecordedRequest } from './http/plane.ts';
import type { Delivery, WebhookSender } from './http/webhookSender.ts';
import { addPackage, inherited } from './model/addPackage.ts';
import type { Context } from './model/context.ts';
import { newId } from './model/ids.ts';
import { countFiles, expirePackage } from './model/packageLife.ts';
import { defaultPortal } from './model/portalDefaults.ts';
import {
	type Activity,
	type CloudConnection,
	filesOf,
	isoDate,
	type Link,
	linksOf,
	type Member,
	type Package,
	type PackageFile,
	type Portal,
	type Transfer,
	type Webhook,
} from './model/state.ts';
import { pagePathOf } from './packagePage.ts';
import type { Signer } from './store/sigV4.ts';

/** A small file of a seeded package, already uploaded and finalized. */
export interface SeededFile {
	name: string;
	/** Default: the package's root. */
	path?: string;
	/** Of a directory: empty. */
	content: string | Uint8Array;
	/** Default `file`. */
	kind?: 'file' | 'directory';
	/** Default: now. */
	lastModified?: string;
	/** Default false. */
	virusDetected?: boolean;
	/** Size of the parts in which it was uploaded, which shows in the ETag. Default: one part. */
	partBytes?: number;
}

/** A file in a storage. */
interface SeededObject {
	/** Key in a bucket, or path behind a gateway. */
	path: string;
	content: string | Uint8Array;
}

/** A running sandbox: its URLs, the state behind its API, and the controls for tests. */
export interface Sandbox {
	/** Base URL of the API, without a path. */
	url: string;
	storageUrl: string;
	apiKey: string;
	teamId: string;
	/** Where file contents are stored (embedded store). */
	folder: string;
	/** Storage credentials: another program, or another sandbox in s3 mode, can use the storage as an S3 endpoint. */
	storageKeys: Signer & { bucket: string };
	/** Every request to API and storage so far; may be read and emptied. */
	requests: RecordedRequest[];
	/** Every event sent to a webhook so far. */
	deliveries: Delivery[];
	/** Creates a portal directly, active by default. An unknown tag or Teamspace is created with it. */
	seedPortal(partial?: Partial<Portal>): Portal;
	/**
	 * Creates a package directly, finalized by default, and received if `portal_id` is given. A finalized package whose
	 * `expiry` has passed expires with the next request. `total_files` and `size` are computed from `files` unless given.
	 */
	seedPackage(partial?: Partial<Package> & { files?: SeededFile[] }): Package;
	/** Adds a form response, as a sender's browser does before uploading; returns its `form_data_id`. */
	seedFormResponse(portalId: string, values: Record<string, string>): string;
	/** Connects a storage that contains these files: a bucket to pull from by default. */
	seedConnection(partial?: Partial<CloudConnection> & { objects?: SeededObject[] }): CloudConnection;
	packages(): Package[];
	package(id: string): Package | undefined;
	portals(): Portal[];
	files(packageId: string): PackageFile[];
	links(packageId: string): Link[];
	webhooks(): Webhook[];
	/** The members of the team; at first only its owner. */
	members(): Member[];
	activities(packageId: string): Activity[];
	transfers(packageId: string): Transfer[];
	/** The URL of a page on which people can download the files of a package. */
	pageOf(packageId: string): string;
	/** The stored content of a finalized file. @throws if there is no such file or it has no content yet */
	readFile(packageId: string, fileId: string): Promise<Readable>;
	/** Hexadecimal SHA-256 of the stored content. */
	sha256(packageId: string, fileId: string): Promise<string>;
	/** Number of multipart uploads that have been neither completed nor aborted (embedded store only). */
	openUploads(): number;
	/** Does what MASV does when a package expires. */
	expirePackage(id: string): Promise<void>;
	/** Makes matching requests fail; see `Fault`. */
	inject(fault: Fault): InjectedFault;
	/** Resolves once every webhook delivery has succeeded or used all its attempts. */
	waitForWebhooks(): Promise<void>;
	/** Stops both servers, closes open connections, and deletes the folder if the sandbox created it. */
	close(): Promise<void>;
}

interface Parts {
	url: string;
	folder: string;
	requests: RecordedRequest[];
	faults: Faults;
	webhooks: WebhookSender;
	storageKeys: Sandbox['storageKeys'];
	close: () => Promise<void>;
}

/** The handle of a started sandbox. It returns copies, so that callers cannot change the state. */
export function toSandbox(context: Context, parts: Parts): Sandbox {
	const { state, store } = context;
	const readFile = async (packageId: string, fileId: string): Promise<Readable> => {
		const file = state.files.get(fileId);
		if (file?.package_id !== packageId) throw new Error(`package ${packageId} has no file ${fileId}`);
		return await store.read(file.key);
	};
	return {
		url: parts.url,
		storageUrl: store.url,
		apiKey: context.apiKey,
		teamId: state.teamId,
		folder: parts.folder,
		storageKeys: parts.storageKeys,
		requests: parts.requests,
		deliveries: parts.webhooks.deliveries,
		seedPortal: (partial = {}) => structuredClone(seedPortal(context, partial)),
		seedPackage: (partial = {}) => structuredClone(seedPackage(context, partial)),
		seedFormResponse: (portalId, values) => {
			const id = newId(context.now());
			state.formResponses.set(id, { portal_id: portalId, values });
			return id;
		},
		seedConnection: (partial = {}) => structuredClone(seedConnection(context, partial)),
		packages: () => structuredClone([...state.packages.values()]),
		package: (id) => structuredClone(state.packages.get(id)),
		portals: () => structuredClone([...state.portals.values()]),
		files: (packageId) => structuredClone(filesOf(state, packageId)),
		links: (packageId) => structuredClone(linksOf(state, packageId)),
		webhooks: () => structuredClone([...state.webhooks.values()]),
		members: () => structuredClone(state.members),
		activities: (packageId) =>
			structuredClone([...state.activities.values()].filter((activity) => activity.package_id === packageId)),
		transfers: (packageId) =>
			structuredClone([...state.transfers.values()].filter((transfer) => transfer.package_id === packageId)),
		pageOf: (packageId) => parts.url + pagePathOf(packageId),
		readFile,
		sha256: async (packageId, fileId) => {
			const hash = createHash('sha256');
			for await (const chunk of await readFile(packageId, fileId)) hash.update(chunk as Buffer);
			return hash.digest('hex');
		},
		openUploads: () => store.openUploads(),
		expirePackage: async (id) => {
			const found = state.packages.get(id);
			if (found === undefined) throw new Error(`there is no package ${id}`);
			await expirePackage(context, found);
		},
		inject: (fault) => parts.faults.inject(fault),
		waitForWebhooks: async () => await parts.webhooks.settled(),
		close: parts.close,
	};
}

function seedPortal({ state, now }: Context, partial: Partial<Portal>): Portal {
	const portal = { ...defaultPortal(state.teamId, now()), ...partial };
	const date = isoDate(now());
	if (portal.teamspace !== undefined) state.teamspaces.set(portal.teamspace.id, portal.teamspace);
	if (portal.tag !== undefined && !state.tags.has(portal.tag.id)) {
		const tag = { ...portal.tag, team_id: state.teamId, active: true, created_at: date, updated_at: date };
		state.tags.set(tag.id, tag);
	}
	state.portals.set(portal.id, portal);
	return portal;
}

function seedConnection(
	{ state, now }: Context,
	{ objects = [], ...partial }: Partial<CloudConnection> & { objects?: SeededObject[] },
): CloudConnection {
	const connection: CloudConnection = {
		id: newId(now()),
		name: 'Seeded storage',
		provider: 'amazon_s3',
		direction: 'cloud_to_masv',
		state: 'ok',
		...partial,
	};
	const stored = objects.map(({ path, content }) => ({ path, content: Buffer.from(content) }));
	state.connections.set(connection.id, connection);
	state.objects.set(connection.id, stored);
	return connection;
}

function seedPackage(context: Context, partial: Partial<Package> & { files?: SeededFile[] }): Package {
	const { files = [], ...fields } = partial;
	const portal = context.state.portals.get(fields.portal_id ?? '');
	const seeded = addPackage(context, {
		name: 'Seeded package',
		description: '',
		sender: portal === undefined ? (context.state.members[0]?.email ?? '') : 'sender@sandbox.example',
		chunk_size: 0,
		state: 'finalized',
		...(portal === undefined ? {} : inherited(portal, context.now())),
		...fields,
	});
	for (const file of files) seedFile(context, seeded, file);
	if (files.length > 0) countFiles(context, seeded);
	return Object.assign(seeded, fields);
}

function seedFile({ state, store, now }: Context, into: Package, seeded: SeededFile): void {
	const { name, path = '', content, kind = 'file', lastModified = isoDate(now()), virusDetected, partBytes } = seeded;
	const id = newId(now());
	const bytes = typeof content === 'string' ? Buffer.from(content) : content;
	const file: PackageFile = {
		id,
		package_id: into.id,
		kind,
		name,
		path,
		...(kind === 'file' && { size: bytes.byteLength }),
		last_modified: lastModified,
		finalized: true,
		virus_detected: virusDetected,
		key: `${into.id}/${id}`,
		partsAsked: 0,
	};
	if (kind === 'file') store.seed(file.key, bytes, partBytes);
	state.files.set(id, file);
}

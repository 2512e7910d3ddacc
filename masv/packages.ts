import type { MasvClient, QueryValue } from './client';
import { MasvApiError, MasvInputError } from './errors';
import { readPages } from './pages';
import { path } from './path';
import { readPortals } from './portals';
import type { RetryPolicy } from './retry';
import { fifteenMinutesOfOutage } from './retry';
import type { CreatedPackage, MasvFile, MasvPackage } from './schemas';
import { createdPackageSchema, fileSchema, listSchema, packageSchema, packageStates } from './schemas';

/** What a new package in a team needs (MASV docs, Uploads, "Create a package"). */
export interface TeamPackageRequest {
	name: string;
	description: string;
	/** Mail goes to them when the package is finalized. May be empty. */
	recipients: string[];
	/** Password for downloads. */
	password?: string;
	/** Downloads that each link allows. */
	access_limit?: number;
	/** Costs money beyond the days that the plan includes. */
	unlimited_storage?: boolean;
}

/** What a new package in a portal needs. `form_data_id`: when the portal has an active form. */
export interface PortalPackageRequest {
	name: string;
	description: string;
	/** Mail address of who delivers. */
	sender: string;
	form_data_id?: string;
}

export type PackageTarget =
	| { kind: 'team'; request: TeamPackageRequest }
	| { kind: 'portal'; portalId: string; accessCode: string | undefined; request: PortalPackageRequest };

/**
 * Creates a package and remembers its token for this run.
 * `POST /v1/teams/{team}/packages` or `POST /v1/portals/{portal}/packages`.
 */
export async function createPackage(
	client: MasvClient,
	target: PackageTarget,
	policy?: RetryPolicy,
): Promise<CreatedPackage> {
	const created = await client.call({
		operation: target.kind === 'team' ? 'create the package' : 'create the package in the portal',
		method: 'POST',
		path:
			target.kind === 'team'
				? path`/v1/teams/${client.teamId}/packages`
				: path`/v1/portals/${target.portalId}/packages`,
		body: target.request,
		authorization: target.kind === 'team' ? { kind: 'apiKey' } : { kind: 'portal', accessCode: target.accessCode },
		schema: createdPackageSchema,
		policy,
	});
	rememberToken(client, created);
	return created;
}

function rememberToken(client: MasvClient, found: MasvPackage): void {
	if (found.access_token === undefined) return;
	client.tokens.set(found.id, found.access_token);
	client.secrets.add(found.access_token);
}

/**
 * One package by its id, wherever it came from. `GET /v1.1/teams/{team}/packages/{id}` is not in MASV's documentation but
 * in its own MCP server; a server without it is searched through the documented lists: the team's, then each portal's.
 * @throws MasvInputError when no list has it
 */
export async function fetchPackage(client: MasvClient, packageId: string, policy?: RetryPolicy): Promise<MasvPackage> {
	let refusal: unknown;
	try {
		const found = await client.call({
			operation: 'get the package',
			method: 'GET',
			path: path`/v1.1/teams/${client.teamId}/packages/${packageId}`,
			schema: packageSchema,
			policy,
		});
		rememberToken(client, found);
		if (found.access_token !== undefined) return found;
	} catch (error) {
		if (!(error instanceof MasvApiError) || error.status === 401 || error.status >= 500 || error.status === 429)
			throw error;
		refusal = error;
	}
	for await (const listed of readAllPackages(client, policy)) {
		if (listed.id !== packageId) continue;
		rememberToken(client, listed);
		return listed;
	}
	throw new MasvInputError(`There is no package ${packageId} in team ${client.teamId}`, {
		field: 'Package',
		hint: 'Check the ID, the Team ID of the credential, and that the user of the API key may see this package.',
		cause: refusal,
	});
}

/** Every package of the team, sent and received, whatever its state, newest first within each list. */
async function* readAllPackages(client: MasvClient, policy?: RetryPolicy): AsyncGenerator<MasvPackage> {
	yield* readSentPackages(client, { status: packageStates, sort: '-created_at' }, policy);
	for await (const portal of readPortals(client, {}, policy)) {
		yield* readPortalPackages(client, portal.id, {}, policy);
	}
}

/** `GET /v1.1/teams/{team}/packages`: what the team sent. Without `status`: finalized and expired ones. */
export function readSentPackages(
	client: MasvClient,
	query: Record<string, QueryValue>,
	policy?: RetryPolicy,
): AsyncGenerator<MasvPackage> {
	return readPages(client, {
		operation: 'list the packages',
		path: path`/v1.1/teams/${client.teamId}/packages`,
		query,
		record: packageSchema,
		policy,
	});
}

/** `GET /v1.1/portals/{portal}/packages`: what came in through one portal. */
export function readPortalPackages(
	client: MasvClient,
	portalId: string,
	query: Record<string, QueryValue>,
	policy?: RetryPolicy,
): AsyncGenerator<MasvPackage> {
	return readPages(client, {
		operation: 'list the packages of the portal',
		path: path`/v1.1/portals/${portalId}/packages`,
		query,
		record: packageSchema,
		policy,
	});
}

/**
 * What came in through all portals: `GET /v1.1/teams/{team}/inbox`, which is in MASV's MCP server but not in its
 * documentation. On a server without it, the documented list of each portal, with the filters that this one knows.
 */
export async function* readReceivedPackages(
	client: MasvClient,
	query: Record<string, QueryValue>,
): AsyncGenerator<MasvPackage> {
	try {
		yield* readPages(client, {
			operation: 'list the received packages',
			path: path`/v1.1/teams/${client.teamId}/inbox`,
			query,
			record: packageSchema,
		});
	} catch (error) {
		if (!isMissingRoute(error)) throw error;
		const { status, name, sender, tags, created_at_start, created_at_end, expiry_start, expiry_end } = query;
		for await (const portal of readPortals(client, {})) {
			for await (const received of readPortalPackages(client, portal.id, {
				sender,
				tags,
				created_at_start,
				created_at_end,
			})) {
				const wanted = (Array.isArray(status) && status.length > 0 ? status : ['finalized', 'expired']) as string[];
				if (!wanted.includes(received.state ?? '')) continue;
				if (typeof name === 'string' && received.name?.toLowerCase().includes(name.toLowerCase()) !== true) continue;
				if (isWithin(received.expiry, expiry_start, expiry_end)) yield received;
			}
		}
	}
}

/** Whether the server does not know a route, as far as its answer can tell. */
export function isMissingRoute(error: unknown): boolean {
	return error instanceof MasvApiError && [404, 405, 501].includes(error.status);
}

/** Whether an ISO date lies within two others, ends included; an absent end is open. */
export function isWithin(date: string | undefined, start: QueryValue, end: QueryValue): boolean {
	const at = Date.parse(date ?? '');
	if (typeof start === 'string' && !(at >= Date.parse(start))) return false;
	return !(typeof end === 'string' && !(at <= Date.parse(end)));
}

/** The token that everything about one package needs; looked up by its id once in a run. */
export async function fetchPackageToken(client: MasvClient, packageId: string, policy?: RetryPolicy): Promise<string> {
	const known = client.tokens.get(packageId);
	if (known !== undefined) return known;
	const { access_token: token } = await fetchPackage(client, packageId, policy);
	if (token !== undefined) return token;
	throw new MasvInputError(`MASV gives no access to package ${packageId}`, {
		field: 'Package',
		hint: 'The user of the API key must be allowed to manage this package.',
	});
}

/** `GET /v1/packages/{id}/files`: a bare array, generated zip archives among it. */
export async function fetchFiles(client: MasvClient, packageId: string, policy?: RetryPolicy): Promise<MasvFile[]> {
	const token = await fetchPackageToken(client, packageId, policy);
	const { records } = await client.call({
		operation: 'list the files of the package',
		method: 'GET',
		path: path`/v1/packages/${packageId}/files`,
		authorization: { kind: 'package', token },
		schema: listSchema(fileSchema),
		policy,
	});
	return records;
}

/**
 * Finalizes a package: mail goes out, links become active, webhooks fire. After a lost answer the package is looked at
 * before anything is repeated; if it is finalized by then, all is well.
 */
export async function finalizePackage(
	client: MasvClient,
	packageId: string,
	policy: RetryPolicy = fifteenMinutesOfOutage,
): Promise<void> {
	const token = await fetchPackageToken(client, packageId, policy);
	const isFinalized = async (): Promise<true | undefined> =>
		(await fetchPackage(client, packageId, policy)).state === 'finalized' ? true : undefined;
	let isRepeat = false;
	try {
		await client.call<boolean | void>({
			operation: `finalize package ${packageId}`,
			method: 'POST',
			path: path`/v1/packages/${packageId}/finalize`,
			authorization: { kind: 'package', token },
			expectNoContent: true,
			policy,
			findLost: async () => {
				isRepeat = true;
				return await isFinalized();
			},
		});
	} catch (error) {
		if (!(error instanceof MasvApiError) || error.status >= 500) throw error;
		if (!(await isFinalized())) throw error;
		if (isRepeat) return;
		throw new MasvInputError(`Package ${packageId} is finalized already`, {
			field: 'Package',
			hint: 'A finalized package takes no more files and cannot be finalized again. Create a new one.',
			cause: error,
		});
	}
}

/** Deletes a package; its record stays as expired. `DELETE /v1/packages/{id}`. Gone already is as good. */
export async function deletePackage(client: MasvClient, packageId: string): Promise<void> {
	const token = await fetchPackageToken(client, packageId);
	try {
		await client.call({
			operation: `delete package ${packageId}`,
			method: 'DELETE',
			path: path`/v1/packages/${packageId}`,
			authorization: { kind: 'package', token },
		});
	} catch (error) {
		if (!(error instanceof MasvApiError && error.status === 404)) throw error;
	}
}

/** The package as people may see it: without its token. */
export function withoutToken<T extends { access_token?: unknown }>(found: T): Omit<T, 'access_token'> {
	const { access_token: _secret, ...shown } = found;
	return shown;
}

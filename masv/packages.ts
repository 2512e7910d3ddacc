import type { MasvClient, QueryValue } from './client';
import { MasvApiError, MasvConnectionError, MasvInputError, isMissingRoute, isRefusedRoute } from './errors';
import { readPages } from './pages';
import { path } from './path';
import type { Delivery } from './portals';
import { checkPortalAccepts, findPortal, readPortals } from './portals';
import type { RetryPolicy } from './retry';
import { fifteenMinutesOfOutage, noRetry, saysAlreadyDone } from './retry';
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
	if (target.kind === 'team') client.secrets.add(target.request.password);
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
		findLost: lookForLost(client, target),
	});
	rememberToken(client, created);
	return created;
}

/** Clocks of MASV and of this machine may differ by so much. Milliseconds. */
const clockSkewMs = 10 * 60_000;

/**
 * After a lost answer: is there an empty new package of this name? One cannot be told from that of another run, and two
 * runs in one package would mix deliveries, so none is taken over. When one may be there, creating is repeated once: a spare
 * empty package that nobody is told of does no harm, a row of them would.
 */
function lookForLost(client: MasvClient, target: PackageTarget): (lost: unknown) => Promise<undefined> {
	const since = client.clock.now() - clockSkewMs;
	let isRepeated = false;
	return async (lost) => {
		// MASV itself has said that it could not; a gateway or a broken line says nothing about that.
		if (lost instanceof MasvApiError && [500, 503].includes(lost.status)) return;
		const spare = await findSpare(client, target, since);
		if (spare === 'none') return;
		if (isRepeated) {
			throw new MasvConnectionError('The answer was lost twice while the package was created', {
				transient: false,
				hint: `Empty packages named "${target.request.name}" may be left in MASV. Nothing was sent and nobody was notified.`,
				cause: lost,
			});
		}
		isRepeated = true;
	};
}

async function findSpare(client: MasvClient, target: PackageTarget, since: number): Promise<'none' | 'maybe'> {
	const newest =
		target.kind === 'team'
			? readSentPackages(client, { status: ['new'], sort: '-created_at' })
			: readPortalPackages(client, target.portalId, { sort: '-created_at' });
	try {
		for await (const listed of newest) {
			if (Date.parse(listed.created_at ?? '') < since) return 'none';
			if (listed.name === target.request.name && listed.state === 'new') return 'maybe';
		}
		return 'none';
	} catch (error) {
		// Who may deliver into a portal need not be allowed to list it.
		if (error instanceof MasvApiError) return 'maybe';
		throw error;
	}
}

/**
 * Holds a delivery against the rules of its portal, before anything is created. A portal that the API key cannot see is left
 * to MASV to judge.
 * @throws MasvInputError that names the rule
 */
export async function checkTarget(client: MasvClient, target: PackageTarget, files: Delivery['files']): Promise<void> {
	if (target.kind !== 'portal') return;
	const portal = await findPortal(client, target.portalId);
	if (portal === undefined) return;
	checkPortalAccepts(portal, {
		packageName: target.request.name,
		files,
		hasAccessCode: target.accessCode !== undefined,
		nowMs: client.clock.now(),
	});
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
	let found: MasvPackage | undefined;
	try {
		found = await client.call({
			operation: 'get the package',
			method: 'GET',
			path: path`/v1.1/teams/${client.teamId}/packages/${packageId}`,
			schema: packageSchema,
			policy,
		});
		rememberToken(client, found);
		if (found.access_token !== undefined) return found;
	} catch (error) {
		if (!isRefusedRoute(error)) throw error;
		refusal = error;
	}
	for await (const listed of readAllPackages(client, policy)) {
		if (listed.id !== packageId) continue;
		rememberToken(client, listed);
		return listed;
	}
	if (found !== undefined) return found;
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
		yield* await fetchPortalPackagesV1(client, portal.id, policy);
	}
}

/**
 * Everything in one portal by the older list, `GET /v1/portals/{portal}/packages`: a bare array that, other than the newer
 * one, shows archived packages when asked and tells when packages expire (MASV's page on legacy lists). Empty on a server
 * without it.
 */
export async function fetchPortalPackagesV1(
	client: MasvClient,
	portalId: string,
	policy?: RetryPolicy,
): Promise<MasvPackage[]> {
	try {
		const { records } = await client.call({
			operation: 'list the packages of the portal',
			method: 'GET',
			path: path`/v1/portals/${portalId}/packages`,
			query: { new: true, finalized: true, expired: true, archived: true },
			schema: listSchema(packageSchema),
			policy,
		});
		return records;
	} catch (error) {
		if (error instanceof MasvApiError && (isMissingRoute(error) || error.status === 400)) return [];
		throw error;
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
		yield* readReceivedByPortal(client, query);
	}
}

async function* readReceivedByPortal(
	client: MasvClient,
	query: Record<string, QueryValue>,
): AsyncGenerator<MasvPackage> {
	const { status, name, sender, tags, created_at_start, created_at_end, expiry_start, expiry_end } = query;
	const wanted = (Array.isArray(status) && status.length > 0 ? status : ['finalized', 'expired']) as string[];
	const wantsExpiry = expiry_start !== undefined || expiry_end !== undefined;
	for await (const portal of readPortals(client, {})) {
		const older = wantsExpiry || wanted.includes('archived') ? await fetchPortalPackagesV1(client, portal.id) : [];
		const details = new Map(older.map((found) => [found.id, found]));
		const seen = new Set<string>();
		const matches = (found: MasvPackage): boolean => {
			if (seen.has(found.id) || !wanted.includes(found.state ?? '')) return false;
			seen.add(found.id);
			if (typeof name === 'string' && found.name?.toLowerCase().includes(name.toLowerCase()) !== true) return false;
			return !wantsExpiry || isWithin(expiryOf({ ...details.get(found.id), ...found }), expiry_start, expiry_end);
		};
		for await (const received of readPortalPackages(client, portal.id, {
			sender,
			tags,
			created_at_start,
			created_at_end,
		})) {
			if (matches(received)) yield received;
		}
		// The newer list hides them. The filters that it would have applied are applied here.
		for (const archived of older.filter(({ state }) => state === 'archived')) {
			const isOther = (sender !== undefined && archived.sender !== sender) || tags !== undefined;
			if (!isOther && isWithin(archived.created_at, created_at_start, created_at_end) && matches(archived))
				yield archived;
		}
	}
}

/** @throws MasvInputError where MASV does not tell: an empty list would look like an answer */
function expiryOf(found: MasvPackage): string {
	if (found.expiry !== undefined) return found.expiry;
	throw new MasvInputError('This MASV server does not tell when received packages expire', {
		field: 'Expires After, Expires Before',
		hint: 'Leave these two filters out.',
	});
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

/** Whether somebody sent a file, rather than MASV having made a zip archive of those that were sent. */
export function isSentFile({ kind }: MasvFile): boolean {
	return kind?.startsWith('zip_') !== true;
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
	/** Undefined when this key cannot see the package: it may be in somebody else's portal. */
	const readState = async (lookUp: RetryPolicy): Promise<string | undefined> => {
		try {
			return (await fetchPackage(client, packageId, lookUp)).state;
		} catch (error) {
			if (error instanceof MasvInputError) return undefined;
			throw error;
		}
	};
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
				// Asked within the patience of this call, which must not be spent anew at each try.
				return (await readState(noRetry)) === 'finalized' ? true : undefined;
			},
		});
	} catch (error) {
		if (!(error instanceof MasvApiError) || error.status >= 500) throw error;
		const state = await readState(policy).catch((second: unknown) => void (error.cause ??= second));
		const isDone = typeof state === 'string' ? state === 'finalized' : saysAlreadyDone(error);
		if (!isDone) throw error;
		if (isRepeat) return;
		throw new MasvInputError(`Package ${packageId} is finalized already`, {
			field: 'Package',
			hint: 'A finalized package takes no more files and cannot be finalized again. Create a new one.',
			cause: error,
		});
	}
}

/** Gives a package another name. `PUT /v1/packages/{id}`. */
export async function renamePackage(client: MasvClient, packageId: string, name: string): Promise<MasvPackage> {
	const token = await fetchPackageToken(client, packageId);
	return await client.call({
		operation: `rename package ${packageId}`,
		method: 'PUT',
		path: path`/v1/packages/${packageId}`,
		body: { name },
		authorization: { kind: 'package', token },
		schema: packageSchema,
	});
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

/** The package as people may see it: without its token, and of its download password only that there is one. */
export function withoutSecrets(found: MasvPackage): Omit<MasvPackage, 'access_token'> {
	const { access_token: _secret, ...shown } = found;
	return typeof shown.password === 'string' && shown.password !== '' ? { ...shown, password: '****' } : shown;
}

import type { MasvClient } from '../client';
import { MasvApiError, MasvConnectionError } from '../errors';
import { path } from '../path';
import { findPortal } from '../portals/portals';
import type { RetryPolicy } from '../retry';
import type { CreatedPackage, Portal } from '../schemas';
import { createdPackageSchema } from '../schemas';
import type { Delivery } from '../portals/rules';
import { checkPortalAccepts } from '../portals/rules';
import { inPortal } from '../portals/update';
import { parseDate } from '../dates';
import { readSentPackages, readPortalPackages } from './lists';
import { rememberToken } from './find';
import { hadNoEffect } from '../answers';

/** The body for a new package in the team: docs/masv-api.md#creating-a-package */
export interface TeamPackageRequest {
	name: string;
	description: string;
	/** They are emailed when the package is finalized. May be empty. */
	recipients: string[];
	/** Password for downloads. */
	password?: string;
	/** Number of downloads that each link allows. */
	access_limit?: number;
	/** Storage beyond the days that the plan includes is charged for. */
	unlimited_storage?: boolean;
	/** Size of the parts in which files are uploaded, in bytes. Default: MASV's. */
	chunk_size?: number;
}

/** The body for a new package in a portal. `form_data_id` is required if the portal has an active form. */
interface PortalPackageRequest {
	name: string;
	description: string;
	/** Email address of the sender. */
	sender: string;
	form_data_id?: string;
	/** As for the team. */
	chunk_size?: number;
}

export type PackageTarget =
	| { kind: 'team'; request: TeamPackageRequest }
	| {
			kind: 'portal';
			portalId: string;
			accessCode: string | undefined;
			/** If it is known already. Otherwise, it is looked up with the API key. */
			portal?: Portal;
			request: PortalPackageRequest;
	  };

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
	const create = async (): Promise<CreatedPackage> =>
		await client.call({
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
			recoverResult: checkForLeftover(client, target),
		});
	const created = target.kind === 'team' ? await create() : await inPortal(target.portalId, create);
	rememberToken(client, created.id, created.access_token);
	return created;
}

/** Maximum difference between MASV's clock and ours; milliseconds. */
const clockSkewMs = 10 * 60_000;

/**
 * After a lost response, checks whether there is an empty new package of this name. It is never used, because it could
 * belong to another run, and two runs in one package would mix deliveries. If there may be one, the call is repeated only
 * once: one empty leftover does no harm, but many would. docs/masv-api.md#creating-a-package
 * @returns a function that throws MasvConnectionError if the call must not be repeated again
 */
function checkForLeftover(client: MasvClient, target: PackageTarget): (lost: unknown) => Promise<undefined> {
	const since = client.clock.now() - clockSkewMs;
	let isRepeated = false;
	return async (lost) => {
		if (hadNoEffect(lost)) return;
		const leftover = await findLeftover(client, target, since);
		if (leftover === 'none') return;
		if (isRepeated) {
			throw new MasvConnectionError('The response was lost twice while creating the package', {
				code: 'package_creation_uncertain',
				transient: false,
				hint: `MASV may contain empty packages named "${target.request.name}". No files were sent, and no one was notified.`,
				cause: lost,
			});
		}
		isRepeated = true;
	};
}

async function findLeftover(client: MasvClient, target: PackageTarget, since: number): Promise<'none' | 'maybe'> {
	const newest =
		target.kind === 'team'
			? readSentPackages(client, { status: ['new'], sort: '-created_at' })
			: readPortalPackages(client, target.portalId, { sort: '-created_at' });
	try {
		for await (const listed of newest) {
			if (parseDate(listed.created_at) < since) return 'none';
			if (listed.name === target.request.name && listed.state === 'new') return 'maybe';
		}
		return 'none';
	} catch (error) {
		// A user who may deliver to a portal may not be allowed to list its packages.
		if (error instanceof MasvApiError) return 'maybe';
		throw error;
	}
}

/**
 * Checks a delivery against the rules of its portal, before anything is created. If the API key has no access to the
 * portal, only MASV can check them.
 * @throws MasvInputError that names the rule
 */
export async function checkTarget(client: MasvClient, target: PackageTarget, files: Delivery['files']): Promise<void> {
	if (target.kind !== 'portal') return;
	const portal = target.portal ?? (await findPortal(client, target.portalId));
	if (portal === undefined) return;
	const delivery = {
		packageName: target.request.name,
		files,
		hasAccessCode: target.accessCode !== undefined,
		nowMs: client.clock.now(),
	};
	await checkPortalAccepts(portal, delivery, client.matchPattern, client.signal);
}

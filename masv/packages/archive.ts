import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import { path } from '../path';
import type { MasvPackage } from '../schemas';
import { totalUpdatedSchema } from '../schemas';
import { isMissingRoute, isRefusedState, isBadRequest } from '../answers';
import { isWithin } from '../dates';
import { halfAMinuteOfOutage } from '../retry';
import { inPortal } from '../portals/update';
import { untilSettled } from '../transfer/untilSettled';
import { fetchPortalPackagesV1, readPortalPackages } from './lists';
import { fetchPackage, fetchPackageToken } from './find';

export type ArchiveVerb = 'archive' | 'unarchive';

/** Packages whose expiry is in this window, ends included. ISO 8601, UTC. */
export interface ExpiryWindow {
	expiry_start: string;
	expiry_end: string;
}

/**
 * Archives an expired package, or returns an archived one to expired. `PUT /v1/packages/{id}/archive|unarchive`, 204:
 * docs/masv-api.md#archiving
 * @throws MasvInputError if the package is in another state
 */
export async function archivePackage(client: MasvClient, verb: ArchiveVerb, packageId: string): Promise<void> {
	const token = await fetchPackageToken(client, packageId);
	let isRepeat = false;
	try {
		await client.call({
			operation: `${verb} package ${packageId}`,
			method: 'PUT',
			path: `${path`/v1/packages/${packageId}`}/${verb}`,
			authorization: { kind: 'package', token },
			recoverResult: () => void (isRepeat = true),
		});
	} catch (error) {
		if (!isRefusedState(error)) throw error;
		const [needed, wanted] = verb === 'archive' ? ['expired', 'archived'] : ['archived', 'expired'];
		const { state } = await untilSettled(
			client,
			halfAMinuteOfOutage,
			async () => await fetchPackage(client, packageId),
			// The request whose response was lost may show later.
			(found) => (isRepeat && found.state === needed ? 'behind' : 'settled'),
		);
		// The request whose response was lost was successful.
		if (isRepeat && state === wanted) return;
		if (state === undefined || state === needed) throw error;
		throw new MasvInputError(`Package ${packageId} is ${state}. Only ${needed} packages can be ${verb}d`, {
			code: 'package_state_wrong',
			field: 'package',
			hint:
				verb === 'archive'
					? 'A package expires on its expiry date, or when it is deleted. List packages with the state "expired" first.'
					: 'List packages with the state "archived" first.',
			cause: error,
		});
	}
}

/**
 * Archives the packages that the team sent, or received through all portals.
 * `PUT /v1/teams/{team}[/inbox]/archive|unarchive`: docs/masv-api.md#archiving
 * @returns how many packages changed; after a lost response, how many of them the repetition changed
 */
export async function archiveTeamPackages(
	client: MasvClient,
	verb: ArchiveVerb,
	which: 'sent' | 'received',
	window: ExpiryWindow,
): Promise<number> {
	const { total_updated: updated } = await client.call({
		operation: `${verb} the ${which} packages`,
		method: 'PUT',
		path: `${path`/v1/teams/${client.teamId}`}${which === 'received' ? '/inbox' : ''}/${verb}`,
		body: window,
		schema: totalUpdatedSchema,
	});
	return updated;
}

/**
 * Archives the packages received through one portal. MASV's documentation contradicts itself
 * (docs/masv-api.md#contradictions): the example is `POST /v1/portals/{portal}/packages/archive` with a window and a bulk
 * response, the table `PUT /v1/portals/{portal}/packages/{package}/archive` (with a double slash for unarchive). So the
 * bulk forms are tried first; on a server with neither, the packages in the window are archived one by one.
 * @returns how many packages changed; after a lost response, how many of them the repetition changed
 * @throws PortalNotFoundError
 */
export async function archivePortalPackages(
	client: MasvClient,
	verb: ArchiveVerb,
	portalId: string,
	window: ExpiryWindow,
): Promise<number> {
	for (const method of ['POST', 'PUT'] as const) {
		try {
			const { total_updated: updated } = await client.call({
				operation: `${verb} the packages of the portal`,
				method,
				path: `${path`/v1/portals/${portalId}/packages`}/${verb}`,
				body: window,
				schema: totalUpdatedSchema,
			});
			return updated;
		} catch (error) {
			if (!isMissingRoute(error)) throw error;
		}
	}
	// A 404 may also mean that the portal does not exist; then its packages cannot be read either.
	const found = await inPortal(portalId, async () => await findWithin(client, verb, portalId, window));
	let updated = 0;
	for (const packageId of found) {
		updated += await archivePortalPackage(client, verb, portalId, packageId, window);
	}
	return updated;
}

/** Reads the whole list before anything changes, because changes shift the pages. */
async function findWithin(
	client: MasvClient,
	verb: ArchiveVerb,
	portalId: string,
	window: ExpiryWindow,
): Promise<string[]> {
	const state = verb === 'archive' ? 'expired' : 'archived';
	const inState = new Map<string, MasvPackage>();
	for await (const listed of readPortalPackages(client, portalId, {})) {
		if (listed.state === state) inState.set(listed.id, listed);
	}
	if (inState.size === 0 && verb === 'unarchive') {
		for (const listed of await readArchived(client, portalId)) inState.set(listed.id, listed);
	}
	const found: string[] = [];
	for (const listed of inState.values()) if (await isInWindow(client, listed, window)) found.push(listed.id);
	return found;
}

/**
 * The list of a portal may not contain archived packages unless they are requested, and the filter for that is documented
 * for the team's list only; the legacy list of a portal has its own: docs/masv-api.md#package-lists
 */
async function readArchived(client: MasvClient, portalId: string): Promise<MasvPackage[]> {
	const archived: MasvPackage[] = [];
	try {
		for await (const listed of readPortalPackages(client, portalId, { status: ['archived'] })) {
			if (listed.state === 'archived') archived.push(listed);
		}
	} catch (error) {
		if (!isBadRequest(error)) throw error;
	}
	if (archived.length > 0) return archived;
	return (await fetchPortalPackagesV1(client, portalId)).filter(({ state }) => state === 'archived');
}

/**
 * In MASV's sample of a portal's list, packages have no `expiry`; a single package has one. If neither has it, MASV
 * decides, because the window is sent with each request.
 */
async function isInWindow(client: MasvClient, listed: MasvPackage, window: ExpiryWindow): Promise<boolean> {
	const expiry = listed.expiry ?? (await fetchPackage(client, listed.id)).expiry;
	return expiry === undefined || isWithin(expiry, window.expiry_start, window.expiry_end);
}

/** @returns how many packages changed, 0 or 1 */
async function archivePortalPackage(
	client: MasvClient,
	verb: ArchiveVerb,
	portalId: string,
	packageId: string,
	window: ExpiryWindow,
): Promise<number> {
	const portal = path`/v1/portals/${portalId}`;
	const single = `${path`/packages/${packageId}`}/${verb}`;
	// In MASV's table, only unarchive has the double slash.
	for (const route of verb === 'unarchive' ? [`${portal}${single}`, `${portal}/${single}`] : [`${portal}${single}`]) {
		try {
			const response = await client.call({
				operation: `${verb} package ${packageId}`,
				method: 'PUT',
				path: route,
				body: window,
				schema: totalUpdatedSchema.optional(),
			});
			return response?.total_updated ?? 1;
		} catch (error) {
			if (!isMissingRoute(error)) throw error;
		}
	}
	await archivePackage(client, verb, packageId);
	return 1;
}

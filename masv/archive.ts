import type { MasvClient } from './client';
import { MasvApiError, MasvInputError } from './errors';
import { fetchPackage, fetchPackageToken, isMissingRoute, isWithin, readPortalPackages } from './packages';
import { path } from './path';
import type { MasvPackage } from './schemas';
import { totalUpdatedSchema } from './schemas';

export type ArchiveVerb = 'archive' | 'unarchive';

/** Packages whose expiry lies within this window, ends included. ISO 8601, UTC. */
export interface ExpiryWindow {
	expiry_start: string;
	expiry_end: string;
}

/** Archives one expired package, or puts one back to expired. `PUT /v1/packages/{id}/archive|unarchive`, 204. */
export async function archivePackage(client: MasvClient, verb: ArchiveVerb, packageId: string): Promise<void> {
	const token = await fetchPackageToken(client, packageId);
	try {
		await client.call({
			operation: `${verb} package ${packageId}`,
			method: 'PUT',
			path: `${path`/v1/packages/${packageId}`}/${verb}`,
			authorization: { kind: 'package', token },
		});
	} catch (error) {
		if (!(error instanceof MasvApiError) || ![400, 409, 422].includes(error.status)) throw error;
		const { state } = await fetchPackage(client, packageId);
		const needed = verb === 'archive' ? 'expired' : 'archived';
		if (state === undefined || state === needed) throw error;
		throw new MasvInputError(`Package ${packageId} is ${state}. Only ${needed} packages can be ${verb}d`, {
			field: 'Package',
			hint:
				verb === 'archive'
					? 'A package expires on its expiry date, or when it is deleted. List packages with the state "expired" first.'
					: 'List packages with the state "archived" first.',
			cause: error,
		});
	}
}

/** Archives what the team sent, or received in all its portals. `PUT /v1/teams/{team}[/inbox]/archive|unarchive`. */
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
 * Archives what came in through one portal. MASV's page on this contradicts itself: its example is
 * `POST /v1/portals/{portal}/packages/archive` with the window and a bulk answer, its table says
 * `PUT /v1/portals/{portal}/packages/{package}/archive` (with a doubled slash for unarchive). So the bulk forms are tried
 * first, and on a server that knows neither, the packages within the window are taken one by one.
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
	// A 404 may also mean that there is no such portal; then reading its packages fails, with a clear error.
	let updated = 0;
	for (const found of await findWithin(client, verb, portalId, window)) {
		await archivePortalPackage(client, verb, portalId, found.id, window);
		updated++;
	}
	return updated;
}

/** Read to the end before anything changes, because changing shifts the pages. */
async function findWithin(
	client: MasvClient,
	verb: ArchiveVerb,
	portalId: string,
	{ expiry_start: start, expiry_end: end }: ExpiryWindow,
): Promise<MasvPackage[]> {
	const state = verb === 'archive' ? 'expired' : 'archived';
	const found = new Map<string, MasvPackage>();
	for await (const listed of readPortalPackages(client, portalId, {})) {
		if (listed.state === state && isWithin(listed.expiry, start, end)) found.set(listed.id, listed);
	}
	if (found.size > 0 || verb === 'archive') return [...found.values()];
	// "Archived packages can be separated from Expired packages using the filters on the package list" (MASV docs, Portals):
	// the list may leave archived ones out unless asked. The parameter is documented for the team's list only.
	try {
		for await (const listed of readPortalPackages(client, portalId, { status: [state] })) {
			if (listed.state === state && isWithin(listed.expiry, start, end)) found.set(listed.id, listed);
		}
	} catch (error) {
		if (!(error instanceof MasvApiError) || error.status !== 400) throw error;
	}
	return [...found.values()];
}

async function archivePortalPackage(
	client: MasvClient,
	verb: ArchiveVerb,
	portalId: string,
	packageId: string,
	window: ExpiryWindow,
): Promise<void> {
	const portal = path`/v1/portals/${portalId}`;
	const routes = [
		`${portal}${path`/packages/${packageId}`}/${verb}`,
		`${portal}/${path`/packages/${packageId}`}/${verb}`,
	];
	for (const route of verb === 'unarchive' ? routes : routes.slice(0, 1)) {
		try {
			await client.call({ operation: `${verb} package ${packageId}`, method: 'PUT', path: route, body: window });
			return;
		} catch (error) {
			if (!isMissingRoute(error)) throw error;
		}
	}
	await archivePackage(client, verb, packageId);
}

import { z } from 'zod';

import { withoutTokens } from './activities';
import { isMissingRoute } from './answers';
import type { MasvClient } from './client';
import { path } from './path';
import { arrayOf, listSchema } from './schemas';
import { UndocumentedRouteError } from './undocumented';

/** A link as MASV lists it with its package. Its fields are known from samples only: docs/masv-api.md#listing-links */
const listedLinkSchema = z.looseObject({
	email: z.string().optional().catch(undefined),
	active: z.boolean().optional().catch(undefined),
});

const linkedPackageSchema = z.looseObject({
	id: z.string().min(1),
	name: z.string().optional().catch(undefined),
	links: arrayOf(listedLinkSchema).nullish().catch(undefined),
});

export type TeamLink = z.infer<typeof listedLinkSchema> & { package_id: string; package_name: string | undefined };

/**
 * The links of all packages that the team has sent, in any state. MASV shows links only in the legacy list,
 * `GET /v1/teams/{team}/packages`, which is not divided into pages: docs/masv-api.md#listing-links. Links are shown without
 * what opens them.
 * @throws UndocumentedRouteError if the server does not have the list
 */
export async function fetchTeamLinks(client: MasvClient): Promise<TeamLink[]> {
	try {
		const { records } = await client.call({
			operation: 'list the links',
			method: 'GET',
			path: path`/v1/teams/${client.teamId}/packages`,
			query: { new: true, finalized: true, expired: true, archived: true },
			schema: listSchema(linkedPackageSchema),
		});
		return records.flatMap(({ id, name, links }) =>
			(links ?? []).map((link) => ({ ...withoutTokens(link), package_id: id, package_name: name })),
		);
	} catch (error) {
		if (!isMissingRoute(error)) throw error;
		throw new UndocumentedRouteError('list the links', {
			reason: 'Only a legacy list of MASV shows them, and this server does not have it',
			hint: 'See the links of a package in the MASV web app.',
			cause: error,
		});
	}
}

import { z } from 'zod';

import { isGone } from './answers';
import type { MasvClient } from './client';
import { createOnce } from './createOnce';
import { MasvInputError } from './errors';
import { onlyListSchema } from './onlyList';
import { maxPageRecords, readPage, take } from './pages';
import { path } from './path';
import type { RetryPolicy } from './retry';

/** docs/masv-api.md#tags-and-teamspaces. `members` is in some responses only, and its form is not documented. */
const teamspaceSchema = z.looseObject({ id: z.string().min(1), name: z.string().optional().catch(undefined) });
export type Teamspace = z.infer<typeof teamspaceSchema>;

const pageSchema = onlyListSchema(teamspaceSchema);

/**
 * The Teamspaces of the team. `GET /v1.1/teams/{team}/spaces`. Pages count from 0 here, and from 1 in every other list, so a
 * server that counts from 1 may return the first page twice: docs/masv-api.md#tags-and-teamspaces
 */
export async function* readTeamspaces(client: MasvClient, policy?: RetryPolicy): AsyncGenerator<Teamspace> {
	const call = {
		operation: 'list the Teamspaces',
		path: path`/v1.1/teams/${client.teamId}/spaces`,
		record: teamspaceSchema,
		page: pageSchema,
		policy,
	};
	const seen = new Set<string>();
	for (let page = 0; ; page++) {
		const { total, records } = await readPage(client, call, page);
		const fresh = records.filter(({ id }) => !seen.has(id));
		for (const record of fresh) {
			seen.add(record.id);
			yield record;
		}
		// After a full page the total is not trusted: it may be the number of records on the page. docs/masv-api.md#pages
		const isWhole = seen.size === total && records.length < maxPageRecords;
		if (records.length === 0 || isWhole || (fresh.length === 0 && page !== 1)) return;
	}
}

/** One Teamspace. `GET /v1/spaces/{space}`. @throws MasvInputError if there is none */
export async function fetchTeamspace(client: MasvClient, teamspaceId: string): Promise<Teamspace> {
	try {
		return await client.call({
			operation: 'get the Teamspace',
			method: 'GET',
			path: path`/v1/spaces/${teamspaceId}`,
			schema: teamspaceSchema,
		});
	} catch (error) {
		if (!isGone(error)) throw error;
		throw new MasvInputError(`There is no Teamspace ${teamspaceId}`, {
			code: 'teamspace_not_found',
			field: 'Teamspace',
			hint: 'Check the ID, and that the user of the API key has access to this Teamspace.',
			cause: error,
		});
	}
}

/**
 * Creates a Teamspace. `POST /v1/teams/{team}/spaces`, 201.
 * @param memberIds membership IDs, not user IDs: docs/masv-api.md#teams-and-members
 * @throws MasvConnectionError if the response was lost and no list can show what happened
 */
export async function createTeamspace(client: MasvClient, name: string, memberIds: string[]): Promise<Teamspace> {
	return await createOnce(
		client,
		`the Teamspace "${name}"`,
		{
			operation: 'create the Teamspace',
			method: 'POST',
			path: path`/v1/teams/${client.teamId}/spaces`,
			body: { name, ...(memberIds.length > 0 && { member_ids: memberIds }) },
			schema: teamspaceSchema,
		},
		async (policy) => (await take(readTeamspaces(client, policy), Infinity)).filter((space) => space.name === name),
	);
}

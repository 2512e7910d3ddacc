import { z } from 'zod';

import type { MasvClient } from './client';
import { path } from './path';
import { listSchema } from './schemas';

/** `id` is the membership ID, which access lists and Teamspaces take; `user_id` is another: docs/masv-api.md#teams-and-members */
const memberSchema = z.looseObject({ id: z.string().min(1) });
export type Member = z.infer<typeof memberSchema>;

/** The members of the team. `GET /v1/teams/{team}/members`: docs/masv-api.md#teams-and-members */
export async function fetchMembers(client: MasvClient): Promise<Member[]> {
	const { records } = await client.call({
		operation: 'list the members of the team',
		method: 'GET',
		path: path`/v1/teams/${client.teamId}/members`,
		schema: listSchema(memberSchema),
	});
	return records;
}

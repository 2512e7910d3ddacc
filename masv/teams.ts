import { z } from 'zod';

import type { MasvClient } from './client';
import type { RetryPolicy } from './retry';
import { arrayOf } from './schemas';

const teamSchema = z.looseObject({ id: z.string().min(1) });

/** A list of teams. Its form is not documented, so an object with such a list is accepted, too: docs/masv-api.md#get-v1teams */
const listSchema = arrayOf(teamSchema);
const teamsSchema = z.union([
	listSchema,
	z
		.looseObject({})
		.refine((body) => Object.values(body).some((value) => (listSchema.safeParse(value).data ?? []).length > 0)),
]);

/**
 * `GET /v1/teams` needs only a valid key, whatever the team. Only a list of teams proves that the key is valid: any other
 * server may respond with 200.
 * @throws MasvApiError, MasvConnectionError
 */
export async function checkTeamsAccess(client: MasvClient, policy?: RetryPolicy): Promise<void> {
	await client.call({ operation: 'list the teams', method: 'GET', path: '/v1/teams', schema: teamsSchema, policy });
}

import type { MasvClient } from './client';
import type { RetryPolicy } from './retry';

/** `GET /v1/teams` needs only a valid key, whatever the team. @throws MasvApiError, MasvConnectionError */
export async function checkTeamsAccess(client: MasvClient, policy?: RetryPolicy): Promise<void> {
	await client.call({ operation: 'list the teams', method: 'GET', path: '/v1/teams', policy });
}

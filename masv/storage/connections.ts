import { z } from 'zod';

import { isGone } from '../answers';
import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import { idSchema, onlyListSchema } from '../onlyList';
import { path } from '../path';
import type { RetryPolicy } from '../retry';
import { undocumented } from '../undocumented';
import { withoutFields } from '../withoutFields';

const text = z.string().optional().catch(undefined);

/** A connection to a bucket, another cloud storage, or a gateway: docs/masv-api.md#storage-connections-and-transfers */
const connectionSchema = z.looseObject({
	id: idSchema,
	name: text,
	provider: text,
	/** `masv_to_cloud` or `cloud_to_masv`. */
	direction: text,
	state: text,
});
export type Connection = z.infer<typeof connectionSchema>;

/** The storage connections of the team. `GET /v1/teams/{team}/cloud_connections` */
export async function fetchConnections(client: MasvClient, policy?: RetryPolicy): Promise<Connection[]> {
	const { records } = await undocumented(
		async () =>
			await client.call({
				operation: 'list the storage connections',
				method: 'GET',
				path: path`/v1/teams/${client.teamId}/cloud_connections`,
				schema: onlyListSchema(connectionSchema),
				policy,
			}),
	);
	return records;
}

/** One storage connection. `GET /v1/cloud_connections/{connection}`. @throws MasvInputError if there is none */
export async function fetchConnection(client: MasvClient, connectionId: string): Promise<Connection> {
	try {
		return await undocumented(
			async () =>
				await client.call({
					operation: 'get the storage connection',
					method: 'GET',
					path: path`/v1/cloud_connections/${connectionId}`,
					schema: connectionSchema,
				}),
		);
	} catch (error) {
		if (!isGone(error)) throw error;
		throw new MasvInputError(`There is no storage connection ${connectionId}`, {
			code: 'storage_connection_not_found',
			field: 'connection',
			hint: 'The ID may be wrong, or the user of the API key has no access to the connection. MASV does not document this request, so a server may also lack it.',
			cause: error,
		});
	}
}

/** docs/masv-api.md#storage-connections-and-transfers */
const gateways = new Set([
	'storage_gateway',
	'jellyfish_sg',
	'synology_sg',
	'qnap_sg',
	'amazon_efs_sg',
	'opendrives_sg',
	'desktop_sg',
]);

/** Whether the storage is reached through a gateway of MASV: it is browsed by path, and files have no other ID. */
export function isGateway({ provider = '' }: Connection): boolean {
	return gateways.has(provider) || provider.endsWith('_sg');
}

/** A connection for output: without the credentials for the storage, should MASV return them. */
export function withoutCredentials<T>(value: T): T {
	return withoutFields(value, credentialNames);
}

const credentialNames =
	/^(auth|authorization|credentials?)$|secret|password|token|access_?code|(access|account|private|api)_?key/i;

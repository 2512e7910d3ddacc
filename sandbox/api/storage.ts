import { z } from 'zod';
import type { Context } from '../model/context.ts';
import { invalid, notFound } from '../model/errors.ts';
import { newId } from '../model/ids.ts';
import type { CloudConnection } from '../model/state.ts';
import { bucketEntries, gatewayEntries } from '../model/storageEntries.ts';
import { integerParam } from './list.ts';
import { connectionOf } from './lookups.ts';
import { keyRoute, type Call, type Route } from './route.ts';

/** A gateway may return less than was requested although there is more. */
const gatewayPage = 20;
const defaultCount = 50;
const maxCount = 1000;

/**
 * Storage connections and what is in the storages (MASV docs, Cloud connect, for creating one; the rest is only known from
 * MASV's own code: docs/masv-api.md#storage-connections-and-transfers).
 */
export const storageRoutes: Route[] = [
	keyRoute({
		step: 'createConnection',
		at: 'POST /v1/teams/{team}/cloud_connections',
		body: z.object({
			name: z.string().default(''),
			provider: z.string().min(1),
			direction: z.enum(['masv_to_cloud', 'cloud_to_masv']).default('masv_to_cloud'),
			authorization: z.record(z.string(), z.unknown()),
		}),
		handle: ({ state, body, nowMs }) => {
			// MASV checks the credentials on creation; the sandbox has nothing to check them against.
			const { authorization: _authorization, ...given } = body;
			const connection: CloudConnection = { ...given, id: newId(nowMs), state: 'ok' };
			state.connections.set(connection.id, connection);
			return { status: 201, json: connection };
		},
	}),
	keyRoute({
		step: 'listConnections',
		at: 'GET /v1/teams/{team}/cloud_connections',
		handle: ({ state }) => ({ status: 200, json: [...state.connections.values()] }),
	}),
	keyRoute({
		step: 'getConnection',
		at: 'GET /v1/cloud_connections/{connection}',
		handle: (call) => ({ status: 200, json: connectionOf(call) }),
	}),
	keyRoute({
		// An array, or null if there is nothing. An empty `prev_key` begins again at the first page.
		step: 'browseCloud',
		at: 'GET /v1/cloud_connections/{connection}/files',
		documented: false,
		handle: (call) => {
			const { state, query } = call;
			const { id, provider } = connectionOf(call);
			if (isGateway(provider)) throw notFound('bucket of this connection');
			const after = query.get('prev_key') ?? '';
			const entries = bucketEntries(state.objects.get(id) ?? [], query.get('prefix') ?? '');
			const page = entries.filter((entry) => after === '' || entry.id > after).slice(0, countOf(call));
			return { status: 200, json: page.length === 0 ? null : page };
		},
	}),
	keyRoute({
		step: 'browseGateway',
		at: 'GET /v1/cloud_connections/providers/storage_gateway/{connection}/files',
		documented: false,
		handle: (call) => {
			const { state, query } = call;
			const { id, provider } = connectionOf(call);
			if (!isGateway(provider)) throw notFound('gateway of this connection');
			const entries = gatewayEntries(state.objects.get(id) ?? [], query.get('path') ?? '');
			const offset = integerParam(query, 'offset') ?? 0;
			const files = entries.slice(offset, offset + Math.min(countOf(call), gatewayPage));
			const json = { files: files.length === 0 ? null : files, more_data: offset + files.length < entries.length };
			return { status: 200, json };
		},
	}),
];

/** Providers of gateways: docs/masv-api.md#storage-connections-and-transfers */
function isGateway(provider: string): boolean {
	return provider === 'storage_gateway' || provider.endsWith('_sg');
}

function countOf({ query }: Pick<Call<unknown> & Context, 'query'>): number {
	const count = integerParam(query, 'count') ?? defaultCount;
	if (count < 1 || count > maxCount) throw invalid('count', `count must be between 1 and ${maxCount}`);
	return count;
}

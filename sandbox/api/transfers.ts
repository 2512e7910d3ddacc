import { z } from 'zod';
import { ApiFailure, invalid, notFound } from '../model/errors.ts';
import { newId } from '../model/ids.ts';
import { beginActivity, requireState } from '../model/packageLife.ts';
import { isoDate, type CloudConnection, type Transfer } from '../model/state.ts';
import { keyRoute, packageRoute, type Route } from './route.ts';

/**
 * Cloud connections (MASV docs, Cloud connect) and the transfer of packages to them, which is only known from MASV's
 * own code (docs/masv-api.md#storage-connections-and-transfers). Nothing leaves the sandbox: a transfer completes at
 * once.
 */
export const transferRoutes: Route[] = [
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
		handle: ({ state, params }) => {
			const connection = state.connections.get(params.connection ?? '');
			if (connection === undefined) throw notFound('cloud connection');
			return { status: 200, json: connection };
		},
	}),
	packageRoute({
		step: 'createTransfer',
		at: 'POST /v1/packages/{package}/transfer',
		documented: false,
		body: z.object({
			cloud_connection_id: z.string().min(1),
			direction: z.enum(['masv_to_cloud', 'cloud_to_masv']).default('masv_to_cloud'),
		}),
		handle: (call) => {
			const { cloud_connection_id, direction } = call.body;
			if (!call.state.connections.has(cloud_connection_id)) {
				throw invalid('cloud_connection_id', 'there is no such cloud connection');
			}
			if (direction === 'cloud_to_masv') {
				throw new ApiFailure(501, 'the sandbox has no cloud storage to fetch files from');
			}
			requireState(call.package, ['finalized'], 'transfer');
			const now = isoDate(call.nowMs);
			const transfer: Transfer = {
				id: newId(call.nowMs),
				package_id: call.package.id,
				cloud_connection_id,
				direction,
				state: 'complete',
				created_at: now,
				updated_at: now,
			};
			call.state.transfers.set(transfer.id, transfer);
			beginActivity(call, call.package, 'package_transfer_masv_to_cloud', 'complete');
			return { status: 201, json: transfer };
		},
	}),
	packageRoute({
		step: 'listTransfers',
		at: 'GET /v1/packages/{package}/transfer',
		documented: false,
		handle: ({ state, package: of }) => ({
			status: 200,
			json: [...state.transfers.values()].filter((transfer) => transfer.package_id === of.id),
		}),
	}),
];

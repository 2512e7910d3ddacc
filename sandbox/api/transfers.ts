import { z } from 'zod';
import { invalid } from '../model/errors.ts';
import { newId } from '../model/ids.ts';
import { advanceActivity, beginActivity, requireState } from '../model/packageLife.ts';
import { isoDate, type Transfer } from '../model/state.ts';
import { endTransfer, filesFor } from '../model/transferLife.ts';
import { packageRoute, type Route } from './route.ts';

const wanted = z.object({ id: z.string().min(1), name: z.string().min(1), kind: z.enum(['file', 'directory']) });

/**
 * Transfers of packages to storages and from them, only known from MASV's own code
 * (docs/masv-api.md#storage-connections-and-transfers). Nothing leaves the sandbox: what is sent to a storage is dropped, and
 * storages contain what tests have put there.
 */
export function transferRoutes(): Route[] {
	/** Transfers that have not ended, by ID. */
	const running = new Map<string, { looksLeft: number; end: () => Promise<void> }>();
	return [
		packageRoute({
			step: 'createTransfer',
			at: 'POST /v1/packages/{package}/transfer',
			documented: false,
			body: z.object({
				cloud_connection_id: z.string().min(1),
				direction: z.enum(['masv_to_cloud', 'cloud_to_masv']).default('masv_to_cloud'),
				provider: z.string().optional(),
				files: z.array(wanted).default([]),
				notify_email: z.email().optional(),
			}),
			handle: async (call) => {
				const { state, body, package: target } = call;
				const { cloud_connection_id, direction } = body;
				const connection = state.connections.get(cloud_connection_id);
				if (connection === undefined) throw invalid('cloud_connection_id', 'there is no such cloud connection');
				if (connection.direction !== direction) {
					throw invalid('cloud_connection_id', `the direction of this connection is ${connection.direction}`);
				}
				const isPull = direction === 'cloud_to_masv';
				requireState(target, [isPull ? 'new' : 'finalized'], 'transfer');
				if (isPull && body.provider !== connection.provider) {
					throw invalid('provider', `the provider of this connection is ${connection.provider}`);
				}
				if (isPull && body.files.length === 0) throw invalid('files', 'files is required', 'required');
				const arriving = isPull ? filesFor(state.objects.get(connection.id) ?? [], body.files) : [];
				const now = isoDate(call.nowMs);
				const transfer: Transfer = {
					id: newId(call.nowMs),
					package_id: target.id,
					cloud_connection_id,
					direction,
					state: 'started',
					created_at: now,
					updated_at: now,
				};
				state.transfers.set(transfer.id, transfer);
				if (isPull) advanceActivity(call, target, 'package_upload_to_masv', 'started');
				else beginActivity(call, target, 'package_transfer_masv_to_cloud', 'started');
				const end = async () => await endTransfer(call, transfer, target, arriving);
				if (call.transfers.looks === 0) await end();
				else running.set(transfer.id, { looksLeft: call.transfers.looks, end });
				return { status: 201, json: transfer };
			},
		}),
		packageRoute({
			step: 'listTransfers',
			at: 'GET /v1/packages/{package}/transfer',
			documented: false,
			handle: async ({ state, package: of }) => {
				const transfers = [...state.transfers.values()].filter((transfer) => transfer.package_id === of.id);
				// Copied first: a transfer that ends now is listed as ended from the next look on.
				const json = structuredClone(transfers);
				for (const { id } of transfers) {
					const waiting = running.get(id);
					if (waiting === undefined || --waiting.looksLeft > 0) continue;
					running.delete(id);
					await waiting.end();
				}
				return { status: 200, json };
			},
		}),
	];
}

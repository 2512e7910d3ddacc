import { z } from 'zod';

import { isRefusedRoute } from '../answers';
import { callOnce } from '../callOnce';
import type { MasvClient } from '../client';
import { MasvConnectionError, MasvError } from '../errors';
import { idSchema, onlyListSchema } from '../onlyList';
import { fetchPackageToken } from '../packages/find';
import { path } from '../path';
import type { RetryPolicy } from '../retry';
import { noRetry } from '../retry';
import { undefinedIf } from '../undefinedIf';
import { undocumented } from '../undocumented';
import type { StorageEntry } from './browse';

const text = z.string().optional().catch(undefined);

/**
 * The transfer of a package to a storage or from it. Only `id` and `state` are known; the connection is looked for under
 * the name that requests have: docs/masv-api.md#storage-connections-and-transfers
 */
export const transferSchema = z.looseObject({
	id: idSchema,
	state: text,
	direction: text,
	cloud_connection_id: text,
	cloud_connection: z.looseObject({ id: text }).optional().catch(undefined),
	created_at: text,
});
export type Transfer = z.infer<typeof transferSchema>;

export function connectionIdOf({
	cloud_connection_id: id,
	cloud_connection: connection,
}: Transfer): string | undefined {
	return id ?? connection?.id;
}

/** A file or folder to transfer from a storage, as browsing returns it. */
export type StorageSource = Pick<StorageEntry, 'id' | 'name' | 'kind'>;

/** To a storage, or with `direction`, `provider` and `files` from it. */
export interface TransferRequest {
	cloud_connection_id: string;
	direction?: 'cloud_to_masv';
	provider?: string;
	files?: StorageSource[];
	/** MASV emails this address when the transfer is complete. */
	notify_email?: string;
}

/** All transfers of a package, in the order of MASV. `GET /v1/packages/{package}/transfer` */
export async function fetchTransfers(client: MasvClient, packageId: string, policy?: RetryPolicy): Promise<Transfer[]> {
	const token = await fetchPackageToken(client, packageId, policy);
	const { records } = await undocumented(
		async () =>
			await client.call({
				operation: 'list the transfers of the package',
				method: 'GET',
				path: path`/v1/packages/${packageId}/transfer`,
				authorization: { kind: 'package', token },
				schema: onlyListSchema(transferSchema),
				policy,
			}),
	);
	return records;
}

/**
 * Starts a transfer; MASV carries it out. `POST /v1/packages/{package}/transfer`. Whether a repeated request starts a second
 * transfer is not known. So after a lost response, the transfers of the package are read first.
 * @param before the transfers that the package had; undefined if they cannot be read
 * @throws MasvConnectionError if it is not known whether the transfer was started. See also {@link mayHaveStarted}
 */
export async function startTransfer(
	client: MasvClient,
	packageId: string,
	request: TransferRequest,
	before: Transfer[] | undefined,
): Promise<Transfer> {
	const token = await fetchPackageToken(client, packageId);
	const known = before && new Set(before.map(({ id }) => id));
	const uncertain = (lost: unknown): MasvConnectionError => startUncertain(packageId, lost);
	const call = {
		operation: `start the transfer of package ${packageId}`,
		method: 'POST',
		path: path`/v1/packages/${packageId}/transfer`,
		body: request,
		authorization: { kind: 'package', token },
		schema: transferSchema,
	} as const;
	let isOneLost = false;
	const look = async (lost: unknown): Promise<Transfer | undefined> => {
		isOneLost = true;
		if (known === undefined) throw uncertain(lost);
		// No retries: the call retries already.
		const listed = await fetchTransfers(client, packageId, noRetry);
		return listed.find((transfer) => !known.has(transfer.id) && mayBeOf(transfer, request));
	};
	try {
		return await undocumented(async () => await callOnce(client, call, look, uncertain));
	} catch (error) {
		if (isOneLost && error instanceof MasvError) error.facts.response_lost = true;
		throw error;
	}
}

function mayBeOf(transfer: Transfer, { cloud_connection_id: wanted }: TransferRequest): boolean {
	return (connectionIdOf(transfer) ?? wanted) === wanted;
}

/** Whether MASV has started a transfer is not known. */
export function startUncertain(packageId: string, lost?: unknown): MasvConnectionError {
	return new MasvConnectionError(`The response was lost while starting the transfer of package ${packageId}`, {
		code: 'transfer_start_uncertain',
		transient: false,
		hint: 'The transfer may have been started; check the package in MASV before you run this again.',
		cause: lost,
	});
}

export function isStartUncertain(error: unknown): boolean {
	return error instanceof MasvConnectionError && error.code === 'transfer_start_uncertain';
}

/** The same, or the repeated request was refused: that says nothing about the one whose response was lost. */
export function mayHaveStarted(error: unknown): boolean {
	return isStartUncertain(error) || (error instanceof MasvError && error.facts.response_lost === true);
}

/** As {@link fetchTransfers}; undefined on a server without the list. */
export async function fetchTransfersIfAny(client: MasvClient, packageId: string): Promise<Transfer[] | undefined> {
	return await undefinedIf(isRefusedRoute, fetchTransfers(client, packageId));
}

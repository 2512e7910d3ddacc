import { z } from 'zod';

import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import { path } from '../path';
import type { QueryValue } from '../apiCall';
import { undocumented } from '../undocumented';
import type { Connection } from './connections';
import { isGateway } from './connections';

/** Entries per request. MASV's own software requests about as many; the maximum is not known. */
const count = 50;

/** A file or folder in a storage: docs/masv-api.md#storage-connections-and-transfers */
const entrySchema = z.looseObject({
	/** The key in a bucket, the whole path behind a gateway, or an ID of the storage's own. */
	id: z.string().catch(''),
	name: z.string().catch(''),
	/** `file` or `directory`. */
	kind: z.string().optional().catch(undefined),
	/** Bytes. */
	size: z.number().optional().catch(undefined),
});
export type StorageEntry = z.infer<typeof entrySchema>;

const entries = z
	.array(entrySchema)
	.nullish()
	.transform((list) => list ?? []);

const cloudPage = z.preprocess((response) => (Array.isArray(response) ? response : listIn(response)), entries);
const gatewayPage = z.preprocess(
	(response) => (Array.isArray(response) || response === null ? { files: response } : response),
	z.looseObject({ files: entries, more_data: z.boolean().optional().catch(undefined) }),
);

function listIn(response: unknown): unknown {
	return typeof response === 'object' && response !== null && 'files' in response ? response.files : response;
}

/**
 * The files and folders in a folder of a storage, without the folder itself and what is in its subfolders.
 * @param folder ID of the folder, as its entry has it: a prefix in a bucket, a path behind a gateway. Empty: the top folder
 * @throws MasvInputError if MASV returns a page that does not say where the next one begins
 */
export async function* browseStorage(
	client: MasvClient,
	connection: Connection,
	folder: string,
): AsyncGenerator<StorageEntry> {
	const seen = new Set<string>();
	const readNext = isGateway(connection)
		? gatewayReader(client, connection.id, folder)
		: cloudReader(client, connection.id, folder);
	for (;;) {
		const page = await readNext();
		// A page may repeat the entry that it begins after, and a server may ignore where to begin.
		const fresh = page.records.filter((entry) => !seen.has(keyOf(entry)));
		for (const entry of fresh) {
			seen.add(keyOf(entry));
			// Some storages list a folder in itself. Sent together with what is in it, its files would be there twice.
			if (folder === '' || entry.id !== folder) yield entry;
		}
		if (fresh.length === 0 || page.isLast) return;
	}
}

function keyOf({ id, name, kind }: StorageEntry): string {
	return id === '' ? `${kind}/${name}` : id;
}

type ReadNext = () => Promise<{ records: StorageEntry[]; isLast: boolean }>;

/** `GET /v1/cloud_connections/{connection}/files` */
function cloudReader(client: MasvClient, connectionId: string, prefix: string): ReadNext {
	const route = path`/v1/cloud_connections/${connectionId}/files`;
	// An empty `prev_key` begins again at the first page.
	let last: StorageEntry | undefined;
	return async () => {
		if (last?.id === '') throw noNextPage(prefix);
		const query = { prefix: orUndefined(prefix), prev_key: last?.id, count };
		const records = await readPage(client, route, query, cloudPage);
		last = records.at(-1);
		return { records, isLast: last?.id === '' && records.length < count };
	};
}

/** `GET /v1/cloud_connections/providers/storage_gateway/{connection}/files`. A page may be short although more follow. */
function gatewayReader(client: MasvClient, connectionId: string, folder: string): ReadNext {
	const route = path`/v1/cloud_connections/providers/storage_gateway/${connectionId}/files`;
	let offset = 0;
	return async () => {
		const query = { path: orUndefined(folder), offset, count };
		const { files, more_data: hasMore } = await readPage(client, route, query, gatewayPage);
		offset += files.length;
		return { records: files, isLast: hasMore === false && files.length < count };
	};
}

async function readPage<T>(
	client: MasvClient,
	route: string,
	query: Record<string, QueryValue>,
	schema: z.ZodType<T>,
): Promise<T> {
	return await undocumented(
		async () =>
			await client.call({
				operation: 'list the files of the storage connection',
				method: 'GET',
				path: route,
				query,
				schema,
			}),
	);
}

function noNextPage(folder: string): MasvInputError {
	return new MasvInputError(`MASV does not return all files of the folder "${folder}"`, {
		code: 'storage_list_incomplete',
		field: 'storageFolder',
		hint: 'Its last entry has no ID to continue from. Enter a folder with fewer files, or a lower limit.',
	});
}

function orUndefined(value: string): string | undefined {
	return value === '' ? undefined : value;
}

import { routeFile } from './fileRoutes';
import type { Answer } from './model';
import { refusal, storageRefusal } from './model';
import { routePackages } from './packageRoutes';
import type { ServerRequest, ServerState } from './state';
import { storageHost } from './storage';

/** MASV and its storage, in memory: carries out a request, at once. */
export function handle(server: ServerState, request: ServerRequest): Answer {
	if (request.url.startsWith(storageHost)) return handleStorage(server, request);
	const { pathname, searchParams } = new URL(request.url);
	const path = pathname.split('/').slice(1).map(decodeURIComponent);
	if (!request.headers['content-type']) return refusal(415, 'unsupported Content-Type');
	const text = Buffer.from(request.body).toString();
	const json = text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>);
	const call = { ...request, path, query: searchParams, json };
	return routePackages(server, call) ?? routeFile(server, call) ?? refusal(404, 'no such route');
}

function handleStorage({ packages, storage, watcher }: ServerState, request: ServerRequest): Answer {
	const { pathname, searchParams } = new URL(request.url);
	const entryId = pathname.split('/').at(-1);
	const entry = packages
		.flatMap(({ entries, directories }) => [...entries, ...directories])
		.find(({ id }) => id === entryId);
	if (storage.isExpired(searchParams) || entry === undefined) return storageRefusal(403, 'AccessDenied');
	if (request.method === 'POST' && searchParams.has('uploads')) return storage.create(entry);
	if (request.method !== 'PUT') return storageRefusal(405, 'MethodNotAllowed');
	const partNumber = Number(searchParams.get('partNumber'));
	return storage.put(searchParams.get('uploadId') ?? '', partNumber, request.body, (upload, part, md5) =>
		watcher.stored(request, { upload, part, partNumber, md5 }),
	);
}

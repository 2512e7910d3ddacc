import type { TransportRequest } from '../../masv/transport';
import { storageHost } from './server/storage';

/** What a request does, by its route. */
const kinds: Array<[kind: string, method: string, path: RegExp]> = [
	['create package', 'POST', /^\/v1\/(teams|portals)\/[^/]+\/packages$/],
	['list packages', 'GET', /\/packages$/],
	['get package', 'GET', /^\/v1\.1\/teams\/[^/]+\/packages\/[^/]+$/],
	['get portal', 'GET', /\/portals(\/[^/]+)?$/],
	['limits', 'GET', /\/spec$/],
	['add file', 'POST', /\/files$/],
	['list files', 'GET', /\/files$/],
	['finalize file', 'POST', /\/files\/[^/]+\/finalize$/],
	['remove file', 'DELETE', /\/files\/[^/]+$/],
	['part URLs', 'POST', /\/files\/[^/]+$/],
	['finalize package', 'POST', /\/finalize$/],
	['create link', 'POST', /\/links$/],
	['look up link', 'GET', /^\/v1\/links\/[^/]+$/],
	['disable link', 'DELETE', /^\/v1\/links\/[^/]+$/],
	['download address', 'GET', /\/files\/[^/]+\/download$/],
	['rename package', 'PUT', /\/packages\/[^/]+$/],
	['delete package', 'DELETE', /\/packages\/[^/]+$/],
];

/** The kind of a request, and a line about it for the history. */
export function kindOfRequest({ method, url, body }: TransportRequest): { kind: string; text: string } {
	const { pathname, searchParams } = new URL(url);
	if (url.startsWith(storageHost)) {
		const entry = pathname.split('/').at(-1);
		if (method === 'POST') return { kind: 'start upload', text: `start upload of ${entry}` };
		return {
			kind: 'put part',
			text: `put part ${searchParams.get('partNumber')} of ${entry}, ${searchParams.get('uploadId')}`,
		};
	}
	const kind =
		kinds.find(([, itsMethod, path]) => itsMethod === method && path.test(pathname))?.[0] ?? `${method} ${pathname}`;
	const ids = pathname.split('/').filter((segment) => /^[PFL]\d+$/.test(segment));
	const { name, path } = (kind === 'add file' || kind === 'create package' ? JSON.parse(body as string) : {}) as {
		name?: string;
		path?: string;
	};
	const what = name === undefined ? '' : ` "${path ? `${path}/` : ''}${name}"`;
	return { kind, text: [kind, ...ids].join(' ') + what };
}

import type { MasvClient } from '../client';
import type { Blueprint } from '../schemas';
import type { TransportRequest, TransportResponse } from '../transport';

/** How often an expired request is asked for again. No waiting mends it, so it is no matter of patience. */
export const maxRenewals = 3;

/**
 * Sends the pre-signed request that MASV has made out, as it says. `host` and `content-length` are the transport's own
 * business.
 * @param bytes exact length of a body that comes in pieces
 */
export async function sendBlueprint(
	client: MasvClient,
	operation: string,
	blueprint: Blueprint,
	{ method, body, bytes }: { method: string; body: TransportRequest['body']; bytes?: number },
): Promise<TransportResponse> {
	const headers = Object.fromEntries(
		Object.entries(blueprint.headers).filter(([name]) => !['host', 'content-length'].includes(name.toLowerCase())),
	);
	return await client.storage(operation, {
		method: blueprint.method ?? method,
		url: blueprint.url,
		headers: bytes === undefined ? headers : { ...headers, 'content-length': String(bytes) },
		body,
	});
}

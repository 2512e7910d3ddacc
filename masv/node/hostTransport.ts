import { throwIfCancelled } from '../errors';
import type { ResponseHeaders, Transport } from '../transport';
import { toConnectionError } from './connectionFailure';
import { DeniedByPolicy } from './egress';

/** A request function of the program that this one runs in. The shape is that of n8n's `helpers.request`. */
export type HostRequest = (options: object) => Promise<unknown>;

interface HostResponse {
	statusCode: number;
	headers: ResponseHeaders;
	/** A text if the status is an error. */
	body: Uint8Array | string | undefined;
}

const timeoutMs = 60_000;
const utf8 = new TextDecoder();

/**
 * A transport for short requests without streamed bodies that leaves the network to its host: its policy holds, and its
 * proxies are used.
 */
export function createHostTransport(request: HostRequest): Transport {
	return async (wanted) => {
		const { method, url, headers, body, signal } = wanted;
		throwIfCancelled(signal);
		try {
			const response = (await request({
				...{ method, uri: url, headers, body, timeout: timeoutMs },
				// Neither errors for a status, nor redirects, nor a decoded body.
				...{ simple: false, resolveWithFullResponse: true, followRedirect: false, encoding: null },
			})) as HostResponse;
			const { statusCode: status, headers: received, body: content = '' } = response;
			return { status, headers: received, text: typeof content === 'string' ? content : utf8.decode(content) };
		} catch (error) {
			throw toConnectionError(
				isDenial(error) ? new DeniedByPolicy('Denied by the network policy') : error,
				wanted,
				undefined,
			);
		}
	};
}

/** n8n's errors for addresses and hosts that its policy forbids. */
function isDenial(error: unknown): boolean {
	for (let at = error; at instanceof Error; at = at.cause) if (at.name.startsWith('Ssrf')) return true;
	return false;
}

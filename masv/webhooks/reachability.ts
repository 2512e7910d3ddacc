import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import { isLocalAddress } from './localAddress';

/** @throws MasvInputError when MASV cannot reach this address of n8n */
export function checkReachable(client: MasvClient, url: string): void {
	if (isReachable(client, url)) return;
	throw new MasvInputError(`MASV cannot reach ${new URL(url).host}, the address of this n8n`, {
		code: 'webhook_url_not_public',
		field: 'webhookUrl',
	});
}

/** Whether MASV can reach an address of this n8n: a sandbox beside it can reach a local one. */
export function isReachable(client: MasvClient, url: string): boolean {
	return !isLocalAddress(url) || isLocalAddress(client.baseUrl);
}

import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import { isLocalAddress } from './localAddress';

/** @throws MasvInputError if MASV cannot reach this URL of ours */
export function checkReachable(client: MasvClient, url: string): void {
	if (isReachable(client, url)) return;
	throw new MasvInputError(`MASV cannot reach ${new URL(url).host}: it is not a public address`, {
		code: 'webhook_url_not_public',
		field: 'webhookUrl',
	});
}

/** Whether MASV can reach this URL of ours. A sandbox on the local network can reach a local one. */
export function isReachable(client: MasvClient, url: string): boolean {
	return !isLocalAddress(url) || isLocalAddress(client.baseUrl);
}

import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import { isLocalAddress } from './localAddress';

/** @throws MasvInputError if MASV cannot reach this URL of n8n */
export function checkReachable(client: MasvClient, url: string): void {
	if (isReachable(client, url)) return;
	throw new MasvInputError(`MASV cannot reach ${new URL(url).host}, the address of this n8n`, {
		field: 'N8N_WEBHOOK_URL',
		hint: 'Set the environment variable N8N_WEBHOOK_URL (older versions of n8n: WEBHOOK_URL) to the address of n8n in the internet, or use the MASV Polling Trigger, which needs none.',
	});
}

/** Whether MASV can reach this URL of n8n. A sandbox on the local network can reach a local one. */
export function isReachable(client: MasvClient, url: string): boolean {
	return !isLocalAddress(url) || isLocalAddress(client.baseUrl);
}

import type { MasvClient } from '../client';
import { takeDelivery } from './delivery';
import { readNotes } from './notes';
import type { UploadOptions } from './uploadOptions';

/**
 * How far earlier runs have come with a delivery, once none of them works on it any more: one that was frozen finds out that it
 * has lost the delivery. `closing`: its package was complete, and MASV may have finalized it.
 */
export async function readDeliveryProgress(
	client: MasvClient,
	options: Pick<UploadOptions, 'journal' | 'leases'>,
	key: string,
): Promise<'open' | 'closing' | 'sent'> {
	const delivery = await takeDelivery(client, { ...options, ifRunning: 'wait' }, key);
	try {
		const { sent, isDelivering } = await readNotes(delivery.record?.lines ?? [], client.clock);
		if (sent !== undefined) return 'sent';
		return isDelivering ? 'closing' : 'open';
	} finally {
		await delivery.end();
	}
}

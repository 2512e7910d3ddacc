import type { MasvClient } from '../client';
import { takeDelivery } from './delivery';
import { readNotes } from './notes';
import type { UploadOptions } from './uploadOptions';

/**
 * How far earlier runs have come with a delivery, once none of them works on it any more: one that was frozen finds out that it
 * has lost the delivery. `closing`: its package was complete, and MASV may have finalized it.
 * @returns also the ID of the package, as far as it was noted
 */
export async function readDeliveryProgress(
	client: MasvClient,
	options: Pick<UploadOptions, 'journal' | 'leases'>,
	key: string,
): Promise<{ progress: 'open' | 'closing' | 'sent'; packageId: string | undefined }> {
	const delivery = await takeDelivery(client, { ...options, ifRunning: 'wait' }, key);
	try {
		const notes = await readNotes(delivery.record?.lines ?? [], client.clock);
		const open = notes.isDelivering ? 'closing' : 'open';
		return { progress: notes.sent === undefined ? open : 'sent', packageId: notes.package?.id };
	} finally {
		await delivery.end();
	}
}

import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import type { Link } from '../links';
import { checkTarget } from '../packages/create';
import type { MasvPackage } from '../schemas';
import { checkDistinct } from '../transfer/places';
import { deliver } from './deliver';
import { deliveryKey, takeDelivery } from './delivery';
import type { SendRequest } from './sendRequest';
import type { UploadedFile } from './uploadedFile';

export interface SendResult {
	package: MasvPackage;
	files: UploadedFile[];
	link: Link | undefined;
	/** Sums over all files. */
	bytes: number;
	parts: number;
	retried_parts: number;
	resumed_parts: number;
	/** Whether MASV's list of files was seen to be exactly what was sent, before the package was finalized. */
	reconciled: boolean;
	duration_ms: number;
}

/**
 * Creates a package, uploads all files, finalizes it, and creates a link on request. Validates the input before creating
 * anything. With a journal, the next run for the same delivery goes on where this one ended, whatever it died of.
 * @throws MasvError; if the package already exists, `hint` describes its state
 */
export async function sendPackage(client: MasvClient, request: SendRequest): Promise<SendResult> {
	const startedAt = client.clock.now();
	checkDistinct(request.sources);
	if (request.sources.length === 0) {
		throw new MasvInputError('No files to send', {
			code: 'no_files',
			field: 'files',
		});
	}
	await checkTarget(client, request.target, request.sources);
	const { name: _name, ...target } = request.target.request;
	const where = request.target.kind === 'team' ? 'team' : request.target.portalId;
	const key = deliveryKey(client, request.scope, [where, target], request.sources);
	const delivery = await takeDelivery(client, request, key);
	try {
		const { files, ...sent } = await deliver(client.withGuard(delivery.guard), request, delivery);
		return {
			...sent,
			files,
			bytes: sumOf(files, 'size'),
			parts: sumOf(files, 'parts'),
			retried_parts: sumOf(files, 'retried_parts'),
			resumed_parts: sumOf(files, 'resumed_parts'),
			duration_ms: client.clock.now() - startedAt,
		};
	} finally {
		await delivery.end();
	}
}

function sumOf(files: UploadedFile[], key: 'size' | 'parts' | 'retried_parts' | 'resumed_parts'): number {
	return files.reduce((sum, file) => sum + file[key], 0);
}

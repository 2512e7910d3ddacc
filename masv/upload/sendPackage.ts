import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import type { Link } from '../links';
import type { PackageTarget } from '../packages/create';
import { checkTarget } from '../packages/create';
import type { MasvPackage } from '../schemas';
import { describeLookalikes } from '../transfer/lookalikes';
import { joinGuards } from '../transfer/guard';
import { checkFolder, checkPlaces, labelOf } from '../transfer/places';
import { deliver } from './deliver';
import { deliveryKey, takeDelivery } from './delivery';
import { emptyDirectories } from './listDirectories';
import { createMd5List } from './md5List';
import type { SendRequest } from './sendRequest';
import type { Totals } from './sumUp';
import { sumUp } from './sumUp';
import type { UploadedFile } from './uploadedFile';

export interface SendResult extends Totals {
	package: MasvPackage;
	files: UploadedFile[];
	link: Link | undefined;
	/** Whether MASV's list of files was seen to be exactly what was sent, before the package was finalized. */
	reconciled: boolean;
	/** Paths of empty folders that MASV did not accept. The delivery is complete without them. */
	folders_not_created: string[];
	/** What a person should know about the delivery: why files were sent again, names that some receivers cannot tell apart. */
	warnings: string[];
	duration_ms: number;
}

/**
 * Creates a package, uploads all files, finalizes it, and creates a link on request. Validates the input before creating
 * anything. With a journal, the next run for the same delivery continues where this one ended, even if it was killed.
 * @throws MasvError; if the package already exists, `hint` describes its state
 */
export async function sendPackage(client: MasvClient, request: SendRequest): Promise<SendResult> {
	const startedAt = client.clock.now();
	await checkPlaces(request.sources, client.clock);
	const { md5List } = request;
	const list = md5List === undefined ? undefined : await createMd5List(client, md5List, request.sources);
	const sources = list === undefined ? request.sources : [...request.sources, list.source];
	const directories = emptyDirectories(request.directories ?? [], sources);
	for (const directory of directories) checkFolder(labelOf(directory));
	if (request.sources.length === 0) {
		throw new MasvInputError('No files to send', {
			code: 'no_files',
			field: 'files',
		});
	}
	await checkTarget(client, request.target, sources);
	// Without the list: a run that is to add one continues what one without it has begun.
	const key = request.key ?? (await deliveryKey(client, request.scope, targetFacts(request.target), request.sources));
	const taken = await takeDelivery(client, request, key);
	const delivery = { ...taken, guard: joinGuards(request.jobGuard, taken.guard) };
	const warnings: string[] = [];
	const onWarning = (text: string): void => {
		warnings.push(text);
		request.onWarning?.(text);
	};
	try {
		const whole = { ...request, list, directories, onWarning };
		const { files, foldersNotCreated, ...sent } = await deliver(client.withGuard(delivery.guard), whole, delivery);
		return {
			...sent,
			files,
			...(await sumUp(files, client.clock)),
			folders_not_created: foldersNotCreated,
			warnings: [...warnings, ...(await describeLookalikes(sources, directories, client.clock))],
			duration_ms: client.clock.now() - startedAt,
		};
	} finally {
		await delivery.end();
	}
}

/** What makes a delivery to another target another one. A name or a message with the time in it does not. */
export function targetFacts(target: PackageTarget): unknown[] {
	const { name: _name, description: _message, ...rest } = target.request;
	return [target.kind === 'team' ? 'team' : target.portalId, rest];
}

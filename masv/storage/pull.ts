import type { MasvClient } from '../client';
import { MasvError, MasvInputError } from '../errors';
import type { Link } from '../links';
import { notedLink } from '../notedLink';
import { fetchFinalized } from '../packages/finalize';
import { fifteenMinutesOfOutage } from '../retry';
import type { MasvPackage } from '../schemas';
import type { Delivery } from '../upload/delivery';
import { takeDelivery } from '../upload/delivery';
import { targetFacts } from '../upload/sendPackage';
import { finishPull } from './finishPull';
import { notePull, readPullNotes } from './pullNotes';
import type { PullRequest } from './pullRequest';
import type { StartedPull } from './startPull';
import { resumePull, startPull } from './startPull';
import type { Transfer } from './transfers';
import { waitTimeout } from './waitForTransfer';

export interface PullResult {
	package: MasvPackage;
	/** As MASV returned it last. */
	transfer: Transfer;
	link: Link | undefined;
}

/**
 * Has MASV transfer files of a storage into a new package, and finalizes it once they are there; none of them passes this
 * process. Without `timeoutMs`, the package stays new until MASV or someone else finalizes it, and its link becomes active
 * then. A run that was interrupted is resumed by the next one with the same scope and request: it waits for the same
 * package. docs/masv-api.md#storage-connections-and-transfers
 * @throws MasvError that says what is left in MASV
 */
export async function pullFromStorage(client: MasvClient, request: PullRequest): Promise<PullResult> {
	if (request.sources.length === 0) {
		throw new MasvInputError('There are no files to transfer from the storage', {
			code: 'no_storage_files',
			field: 'storageFolder',
		});
	}
	const delivery = await takeDelivery(client, request, pullKey(client, request));
	try {
		return await carryOut(client.withGuard(delivery.guard), request, delivery);
	} finally {
		await delivery.end();
	}
}

/** Undefined if nothing identifies who sends. */
function pullKey(client: MasvClient, { scope, connectionId, sources, package: target }: PullRequest) {
	if (scope === undefined) return undefined;
	const facts = targetFacts({ kind: 'team', request: target });
	return client.recordKey(['pull', scope, connectionId, sources.map(({ id }) => id).sort(), facts]);
}

async function carryOut(
	client: MasvClient,
	request: PullRequest,
	{ record, hasWaited }: Delivery,
): Promise<PullResult> {
	const notes = readPullNotes(record?.lines ?? []);
	const isOver = notes.doneBy !== undefined && notes.doneBy !== request.run && !hasWaited;
	const resumed = isOver ? undefined : await resumePull(client, request, notes, record);
	if (resumed === undefined && notes.packageId !== undefined) await record?.remove();
	const started = resumed ?? (await startPull(client, request, record));
	const { id } = started.package;
	const { transfer, package: filled } = await finish(client, request, started, record);
	const noted = resumed === undefined ? undefined : notes.sealedLink;
	const note = async (sealed: string): Promise<void> => await notePull(record, { kind: 'link', sealed });
	const link = request.link && (await notedLink(client, id, request.link, fifteenMinutesOfOutage, { noted, note }));
	// Last: the next run sends a new package, and must not do so because this one could not create the link.
	await notePull(record, { kind: 'done', run: request.run });
	return { package: filled, transfer, link };
}

async function finish(
	client: MasvClient,
	{ sources, timeoutMs }: PullRequest,
	started: StartedPull,
	record: Delivery['record'],
): Promise<StartedPull> {
	if (timeoutMs === undefined) return started;
	const { id } = started.package;
	try {
		const ended = await finishPull(client, id, started.transfer, sources, timeoutMs);
		if (ended === undefined) throw waitTimeout(id, 'complete');
		return { transfer: ended, package: await fetchFinalized(client, started.package) };
	} catch (error) {
		// The next run must not wait for what has failed for good.
		if (error instanceof MasvError && hopelessCodes.has(error.code)) await record?.remove();
		throw error;
	}
}

const hopelessCodes = new Set<string>(['storage_transfer_failed', 'storage_transfer_incomplete']);

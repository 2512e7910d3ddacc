import type { MasvClient } from '../client';
import { MasvError, MasvTransferError } from '../errors';
import { groupInTurns, inTurns, quickly } from '../inTurns';
import { toReadError } from '../transfer/readFailure';
import { compareStamps } from '../transfer/unchanged';
import { readDeliveryProgress } from '../upload/deliveryProgress';
import { describeAbandoned } from './describeAbandoned';
import type { Attempts } from './attempts';
import { inTurn, notSent } from './attempts';
import { clearFiles } from './clearFiles';
import { isSameVersion } from './decideFiles';
import type { LedgerDelivery } from './ledger';
import type { LedgerBook } from './ledgerBook';
import type { LedgerFile } from './ledgerLines';
import type { Planned, Tell } from './sendPlanned';
import { planFiles, sendPlanned, sendUnderKey, takeSums, targetKey } from './sendPlanned';
import type { SendNewRequest, SentNew } from './sendNewRequest';

/**
 * Finishes what earlier runs have left. A package that may have been delivered is finished as it was planned, whatever has
 * become of its files: they are not read again. Any other one is continued only if nothing about it has changed.
 */
export async function finishDeliveries(
	client: MasvClient,
	request: SendNewRequest,
	book: LedgerBook,
	files: readonly LedgerFile[],
	attempts: Attempts,
	tell: Tell,
): Promise<void> {
	const unfinished = await abandonReplaced(book);
	if (unfinished.length === 0) return;
	const devices = new Set<string>();
	await inTurns(files, client.clock, ({ device }) => void devices.add(device), quickly);
	const at = await groupInTurns(files, client.clock, ({ location }) => location);
	const found: Found = { at, devices };
	const attempt = attempts.series(notSent);
	for (const delivery of inTurn(client, unfinished)) {
		await attempt(delivery.files, async () => {
			if (delivery.state === 'sent') await finishClearing(client, request, book, delivery, tell.warn);
			else await finishDelivery(client, request, book, delivery, found, tell);
		});
	}
}

/**
 * A run that has planned a delivery again under its key may have died before it could abandon the former one. The package would be
 * reported for each of them.
 * @returns the unfinished deliveries, each key once
 */
async function abandonReplaced(book: LedgerBook): Promise<LedgerDelivery[]> {
	const all = [...book.ledger.unfinished.values()];
	const kept = new Map<string, LedgerDelivery>();
	for (const delivery of all) if (kept.get(delivery.key)?.state !== 'sent') kept.set(delivery.key, delivery);
	for (const { id, key } of all) {
		if (kept.get(key)?.id !== id) await book.write({ kind: 'abandoned', delivery: id });
	}
	return [...kept.values()];
}

/** What was found. */
interface Found {
	/** By location. Links, and paths that overlap, lead to a file more than once. */
	at: ReadonlyMap<string, readonly LedgerFile[]>;
	devices: ReadonlySet<string>;
}

/** A file as it is now, if it still goes to its place in the package. */
function findFile({ location, path, name }: LedgerFile, found: Found): LedgerFile | undefined {
	return found.at.get(location)?.find((each) => each.path === path && each.name === name);
}

function areUnlisted(files: readonly LedgerFile[], { at }: Found): boolean {
	return files.every(({ location }) => !at.has(location));
}

async function finishDelivery(
	client: MasvClient,
	request: SendNewRequest,
	book: LedgerBook,
	delivery: LedgerDelivery,
	found: Found,
	tell: Tell,
): Promise<void> {
	const { progress, packageId } = await readDeliveryProgress(client, request, delivery.key);
	const isOpen = progress === 'open';
	const [first] = delivery.files;
	const isBegun = isOpen && packageId !== undefined && !delivery.isForgotten;
	if (isBegun && first !== undefined && areUnlisted(delivery.files, found)) {
		await refuseUnmounted(first, found, request.isUnmounted);
		// The paths of a job may differ from run to run.
		if (await request.isThere(first)) {
			tell.warn(
				`Package ${packageId} with "${first.location}" is not finished. It is continued by the next run that lists its files. If none will, reset the ledger at this path.`,
			);
			return;
		}
	}
	const isWhole = delivery.files.length === delivery.fileCount;
	let changed = isOpen || !isWhole ? await whyChanged(client, request, book, delivery, found) : undefined;
	if (changed === undefined) {
		const { planned, files } = isOpen
			? await planAsFound(client, request, book, delivery, found)
			: { planned: delivery, files: delivery.files };
		try {
			await sendPlanned(client, request, book, planned, files, tell, true);
			return;
		} catch (error) {
			changed = isOpen ? undefined : whyGivenUp(delivery, error);
			if (changed === undefined) throw error;
		}
	}
	tell.warn(await describeAbandoned(client, request, packageId, changed));
	await book.write({ kind: 'abandoned', delivery: delivery.id });
}

/** Why a delivery whose package may have been delivered is not tried again; undefined if it is. */
function whyGivenUp({ isForgotten }: LedgerDelivery, error: unknown): string | undefined {
	const code = error instanceof MasvError ? error.code : undefined;
	if (code === 'delivery_uncertain' && isForgotten) return 'the ledger was reset';
	// Its files would be read only if the ledger was damaged, and does not know that they were planned again.
	const isAboutFiles = code === 'file_changed' || code === 'file_not_readable';
	return isAboutFiles ? 'it cannot be compared with its files any more' : undefined;
}

/** What this very execution has sent before its process died, and could not report. */
export async function reportAgain(
	client: MasvClient,
	request: SendNewRequest,
	book: LedgerBook,
	onSent: (sent: SentNew) => void,
): Promise<void> {
	const { run, deliveries } = book.ledger.lastRun;
	if (run === undefined || run !== request.run) return;
	for (const delivery of deliveries) {
		// Without its record, it would be sent again.
		const { progress } = await readDeliveryProgress(client, request, delivery.key);
		if (progress !== 'sent') continue;
		const result = await sendUnderKey(client, request, book, delivery, delivery.files);
		takeSums(result);
		onSent({ ...result, recovered: true, left_in_place: [] });
	}
}

/**
 * The files as they are now. Those with another identity or time of change are planned anew: the share was mounted again, or another
 * file of the same size and modification time has taken the place of the planned one, which would not be found any more. Whether
 * the content is the same, the upload finds out.
 */
async function planAsFound(
	client: MasvClient,
	request: SendNewRequest,
	book: LedgerBook,
	delivery: LedgerDelivery,
	found: Found,
): Promise<{ planned: Planned; files: LedgerFile[] }> {
	const files = delivery.files.map((file) => findFile(file, found) as LedgerFile);
	const isAsPlanned = files.every((file, index) => compareStamps(delivery.files[index] as LedgerFile, file) === 'same');
	if (isAsPlanned) return { planned: delivery, files };
	const planned = await planFiles(client, request, book, files, delivery.name, delivery.key);
	await book.write({ kind: 'abandoned', delivery: delivery.id });
	return { planned, files };
}

async function finishClearing(
	client: MasvClient,
	{ after }: SendNewRequest,
	book: LedgerBook,
	delivery: LedgerDelivery,
	warn: (text: string) => void,
): Promise<void> {
	// The user has changed the setting since. Whether the files are to be deleted, only the setting of their time can tell.
	if (after === undefined || after.kind !== delivery.after) return;
	// What someone has made new again is to be sent first, and is cleared by that delivery.
	const isOfIt = ({ location }: LedgerFile): boolean => book.ledger.entries.get(location)?.delivery === delivery;
	const left = await clearFiles(client, book, delivery.id, after, delivery.files.filter(isOfIt));
	for (const [reason, files] of Map.groupBy(left, (each) => each.reason)) {
		const which = files.length > 1 ? ` and ${files.length - 1} more were` : ' was';
		const done = after.kind === 'move' ? 'moved' : 'deleted';
		warn(`"${files[0]?.path ?? ''}"${which} sent by an earlier run, but not ${done}: ${reason}`);
	}
}

/**
 * @returns undefined if the delivery can be continued
 * @throws MasvTransferError if it can perhaps be continued later, because the disk of a file is not mounted
 */
async function whyChanged(
	client: MasvClient,
	{ target, isUnmounted }: SendNewRequest,
	{ ledger }: LedgerBook,
	delivery: LedgerDelivery,
	found: Found,
): Promise<string | undefined> {
	if (delivery.files.length !== delivery.fileCount) return 'the ledger does not contain all its files';
	if (delivery.target !== targetKey(client, target)) return 'its recipients or settings have changed';
	for (const file of delivery.files) {
		const now = findFile(file, found);
		if (!found.at.has(file.location)) {
			if (!delivery.isForgotten) await refuseUnmounted(file, found, isUnmounted);
			return `"${file.location}" is no longer there`;
		}
		if (now === undefined) return `"${file.location}" is to be at another place in the package`;
		if (!isSameVersion(file, now)) return `"${file.location}" has changed`;
		// A run that was frozen may have entered its delivery after another one has sent the files.
		if (isSameVersion(ledger.entries.get(file.location)?.file, now))
			return `"${file.location}" was sent by another execution`;
	}
	return undefined;
}

/** After the machine was started again, its shares may be mounted later than n8n starts. */
async function refuseUnmounted(
	file: LedgerFile,
	{ devices }: Found,
	isUnmounted: SendNewRequest['isUnmounted'],
): Promise<void> {
	const isIt = await isUnmounted(file, devices).catch((error: unknown) => {
		throw toReadError(file, error);
	});
	if (!isIt) return;
	throw new MasvTransferError(`"${file.location}" cannot be read: its disk is not mounted`, {
		file: file.location,
		code: 'file_not_readable',
		hint: 'The upload is continued by the next run after it was mounted. If the file is gone for good, reset the ledger at its path.',
	});
}

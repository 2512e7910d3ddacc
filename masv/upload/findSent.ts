import type { MasvClient } from '../client';
import type { Clock } from '../clock';
import { MasvCancelledError, MasvError } from '../errors';
import { mapInTurns } from '../inTurns';
import { asFinalized } from '../packages/finalize';
import { findPackage, rememberToken } from '../packages/find';
import { fifteenMinutesOfOutage } from '../retry';
import type { MasvPackage } from '../schemas';
import type { Listing } from '../transfer/listing';
import { fetchListing } from '../transfer/listing';
import { placeOf } from '../transfer/places';
import { undefinedIf } from '../undefinedIf';
import type { FileSource } from '../transfer/source';
import { isContentSum } from './contentSum';
import type { Delivery } from './delivery';
import type { ListedRequest } from './md5List';
import type { NoteLine, Notes } from './notes';
import { readNotes } from './notes';
import type { SendRequest } from './sendRequest';
import type { UploadedFile } from './uploadedFile';

export interface SentPackage {
	package: MasvPackage;
	files: UploadedFile[];
	/** Whether MASV's list shows all of them. */
	reconciled: boolean;
	links: Notes['links'];
	/** As noted by the run that has sent it. Undefined: not noted. */
	foldersNotCreated: readonly string[] | undefined;
}

/**
 * The package that was already sent, if this run must not send another one: the same execution asks again, because its
 * result was lost when its process died; or another run has sent it while this one was waiting for it; or the delivery, which has
 * a key of its own, is over.
 * @returns `touched` if a file may have changed since, and the notes tell what was sent; undefined if they do not
 */
export async function findSent(
	client: MasvClient,
	request: ListedRequest,
	delivery: Delivery,
	notes: Notes,
): Promise<SentPackage | 'touched' | undefined> {
	const ofRun = await readRun(client, request, delivery);
	const sent = ofRun?.sent ?? (request.key === undefined ? sentWhileWaiting(delivery, notes) : notes.sent);
	if (sent === undefined) return undefined;
	if (sent.content !== (await contentKey(client, request.sources))) {
		return sent.package === notes.package?.id ? 'touched' : undefined;
	}
	// Before MASV is asked: this run may fail or die at that, and neither the next that waits nor its repeat may send another one.
	const isLatest = notes.package === undefined || notes.package.id === sent.package;
	// What a newer execution has left of its own package is to be continued.
	if (isLatest) await noteSent(client, request, delivery, sent.package, sent);
	// Undefined for a package in the portal of another team.
	const found = await findPackage(client, sent.package);
	const token = found === undefined && sent.token !== undefined ? client.unseal(sent.token) : undefined;
	rememberToken(client, sent.package, token);
	const listing = await listSent(client, request, sent.package);
	const shown = found ?? { id: sent.package, name: request.target.request.name, state: undefined };
	const files = await describeFiles(request, listing, notes, client.clock);
	return {
		links: (ofRun?.sent === undefined ? notes : ofRun).links,
		foldersNotCreated: sent.foldersNotCreated,
		reconciled: listing !== undefined && files.every(({ id }) => id !== ''),
		package: asFinalized(shown),
		files,
	};
}

/** The run before this one has sent it, or one before that, and those in between came to nothing. */
function sentWhileWaiting({ fence, hasWaited, sentBefore }: Delivery, { sent }: Notes): Notes['sent'] {
	if (!hasWaited || sent === undefined) return undefined;
	return sent.fence === fence - 1 || sent.fence > sentBefore ? sent : undefined;
}

async function readRun(client: MasvClient, request: SendRequest, delivery: Delivery): Promise<Notes | undefined> {
	const key = runKey(client, request, delivery);
	if (key === undefined) return undefined;
	const record = await request.journal?.open(key);
	await record?.close();
	return await readNotes(record?.lines ?? [], client.clock);
}

/**
 * Notes that a package was sent, for the same execution and for those that wait.
 * @param noted its sealed token, if this client has not fetched one, and the paths of empty folders that it lacks
 */
export async function noteSent(
	client: MasvClient,
	request: SendRequest,
	delivery: Delivery,
	packageId: string,
	noted: { token?: string; foldersNotCreated?: string[] } = {},
): Promise<void> {
	if (delivery.record === undefined) return;
	const token = client.tokens.get(packageId);
	const line: NoteLine = {
		kind: 'sent',
		fence: delivery.fence,
		package: packageId,
		token: token === undefined ? noted.token : client.seal(token),
		content: await contentKey(client, request.sources),
		...(noted.foldersNotCreated !== undefined && { foldersNotCreated: noted.foldersNotCreated }),
	};
	// What is left of its notes would look like a delivery that was killed, and the next one would be taken for it.
	if (delivery.record.hasFailed?.() === true) await delivery.record.remove();
	await noteForBoth(client, request, delivery, line);
}

/** Notes something for the next run, and for the same execution, which may ask again after the next delivery has begun. */
export async function noteForBoth(
	client: MasvClient,
	request: SendRequest,
	delivery: Delivery,
	line: NoteLine,
	options?: { durable?: boolean },
): Promise<void> {
	const key = runKey(client, request, delivery);
	const record = key === undefined ? undefined : await request.journal?.open(key);
	await record?.append(line, options);
	await record?.close();
	await delivery.record?.append(line, options);
}

/** A record of its own, which outlives the next delivery of the same files. */
function runKey(client: MasvClient, { run }: SendRequest, { key, record }: Delivery): string | undefined {
	return run === undefined || record === undefined ? undefined : client.recordKey(['sent', key, run]);
}

/** Without what changes when a share is mounted again, or in a new container. */
async function contentKey(client: MasvClient, sources: readonly FileSource[]): Promise<string> {
	const toFact = ({ bytes, stamp }: FileSource): unknown => [bytes, stamp?.modified, stamp?.changed];
	return await client.listKey(['content'], sources, toFact);
}

/** Errors are ignored, because the package was sent. */
async function listSent(
	client: MasvClient,
	{ policy = fifteenMinutesOfOutage }: SendRequest,
	packageId: string,
): Promise<Listing | undefined> {
	const token = client.tokens.get(packageId);
	if (token === undefined) return undefined;
	const isIgnored = (error: unknown): boolean => error instanceof MasvError && !(error instanceof MasvCancelledError);
	return await undefinedIf(isIgnored, fetchListing({ client, packageId, token, policy }));
}

/** As much as MASV shows of them: without an ID if it is not listed. A file has at least one part. */
async function describeFiles(
	{ sources, list }: Pick<ListedRequest, 'sources' | 'list'>,
	listing: Listing | undefined,
	notes: Notes,
	clock: Pick<Clock, 'sleep'>,
): Promise<UploadedFile[]> {
	const isListed = list !== undefined && listing?.byPlace.has(placeOf(list.source)) === true;
	return await mapInTurns(isListed ? [...sources, list.source] : sources, clock, (source): UploadedFile => {
		const id = listing?.byPlace.get(placeOf(source))?.[0]?.id ?? '';
		const sum = notes.files.get(id)?.done?.content_sum;
		return {
			id,
			name: source.name,
			path: source.path,
			size: source.bytes,
			parts: 1,
			retried_parts: 0,
			resumed_parts: 1,
			md5_verified: false,
			duration_ms: 0,
			...(isContentSum(sum) && { content_sum: sum }),
		};
	});
}

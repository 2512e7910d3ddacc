import type { MasvClient } from '../client';
import { MasvCancelledError } from '../errors';
import { fetchPackageToken } from '../packages/find';
import { checkOpen } from '../packages/open';
import { fifteenMinutesOfOutage } from '../retry';
import type { ListedFile } from '../transfer/listing';
import type { PackageAccess } from '../transfer/packageAccess';
import { checkPlaces, placeOf } from '../transfer/places';
import type { FileSource } from '../transfer/source';
import { blockedError } from './blockedError';
import { deliveryKey, takeDelivery } from './delivery';
import type { InheritedNotes } from './inheritNotes';
import { inheritNotes } from './inheritNotes';
import { createNotebook, readNotes } from './notes';
import { sortOut, toWanted } from './planWork';
import { removeLateEntries } from './removeLateEntries';
import { notRemovedError, removeEntries } from './removeEntries';
import { takeStock } from './takeStock';
import type { UploadedFile } from './uploadedFile';
import { uploadFiles } from './uploadFiles';
import type { UploadOptions } from './uploadOptions';
import type { KnownFiles } from './uploadRun';

/** A file in a package that this upload did not create. */
export interface AddedFile extends UploadedFile {
	/** Whether the package contained the file before. */
	already_there: boolean;
}

/**
 * Uploads files to a package that someone created. Repeated, it uploads only what is missing: each file is in the package
 * once. Nothing that this delivery did not note is removed from the package; what is in the way fails its file.
 * @returns one result per file, in the order of the sources. With `stopAtFirst`, the first failure cancels the others, which
 * then fail with MasvCancelledError
 * @throws MasvError if the package does not accept files, or another run is uploading the same files to it
 */
export async function addFiles(
	client: MasvClient,
	packageId: string,
	sources: FileSource[],
	options: UploadOptions & { stopAtFirst: boolean },
): Promise<Array<PromiseSettledResult<AddedFile>>> {
	checkPlaces(sources);
	await checkOpen(client, packageId);
	const key = deliveryKey(client, options.scope, ['files', packageId], sources);
	// One record for the package: what other executions left unfinished in it is known, too.
	const recordKey = client.recordKey(['files', packageId]);
	const delivery = await takeDelivery(client, options, key, recordKey, 'ifUploadRunning');
	const notes = readNotes(delivery.record?.lines ?? []);
	let inherited: InheritedNotes | undefined;
	try {
		inherited = await inheritNotes(client, options.leases, notes, delivery, sources);
		const { policy = fifteenMinutesOfOutage } = options;
		const token = await fetchPackageToken(client, packageId);
		const access: PackageAccess = { client: client.withGuard(inherited.guard), packageId, token, policy };
		const notebook = createNotebook(delivery.record, delivery.key, delivery.fence);
		const { ownIds } = inherited;
		const known: KnownFiles = { isOwnPackage: false, isClosed: false, ownIds, lostPlaces: new Set(), notebook };
		const wanted = toWanted(sources, inherited.latest);
		const { decisions, inTheWay } = await takeStock(access, wanted, { ...known, wasAdding: inherited.wasAdding });
		const stuck = new Map((await removeEntries(access, inTheWay)).map((left) => [left.id, left]));
		const results = new Map<string, PromiseSettledResult<AddedFile>>();
		decisions.forEach((decision, index) => {
			const left = decision.kind === 'blocked' ? undefined : decision.remove.find(({ id }) => stuck.has(id));
			if (decision.kind !== 'blocked' && left === undefined) return;
			const reason =
				decision.kind === 'blocked'
					? blockedError(packageId, decision)
					: notRemovedError(packageId, left as ListedFile, placeOf(sources[index] as FileSource));
			results.set(placeOf(sources[index] as FileSource), { status: 'rejected', reason });
		});
		const failed = new Set(results.keys());
		const { jobs: all, there } = sortOut(sources, { decisions });
		const jobs = all.filter(({ source }) => !failed.has(placeOf(source)));
		for (const [place, file] of there) if (!failed.has(place)) results.set(place, fulfilled(file, true));
		const isStopped = options.stopAtFirst && failed.size > 0;
		const uploaded = isStopped
			? jobs.map((): PromiseSettledResult<never> => ({ status: 'rejected', reason: new MasvCancelledError() }))
			: await uploadFiles(access, jobs, known, options);
		uploaded.forEach((result, index) => {
			const place = placeOf((jobs[index] as (typeof jobs)[number]).source);
			results.set(place, result.status === 'fulfilled' ? fulfilled(result.value, false) : result);
		});
		const added = new Set(uploaded.flatMap((result) => (result.status === 'fulfilled' ? [result.value.id] : [])));
		await removeLateEntries(access, known, sources, added, options.onWarning);
		return sources.map((source) => results.get(placeOf(source)) as PromiseSettledResult<AddedFile>);
	} finally {
		await inherited?.release();
		await delivery.end();
	}
}

function fulfilled(file: UploadedFile, isThere: boolean): PromiseFulfilledResult<AddedFile> {
	return { status: 'fulfilled', value: { ...file, already_there: isThere } };
}

import type { MasvClient } from '../client';
import { MasvError, MasvTransferError } from '../errors';
import type { Link } from '../links';
import { createLink } from '../links';
import { createPackage } from '../packages/create';
import { finalizePackage } from '../packages/finalize';
import { fetchPackage, fetchPackageToken } from '../packages/find';
import { fifteenMinutesOfOutage } from '../retry';
import type { MasvPackage } from '../schemas';
import type { PackageAccess } from '../transfer/packageAccess';
import { placeOf } from '../transfer/places';
import { confirmFiles } from './confirmFiles';
import type { Delivery } from './delivery';
import { findSent, noteSent } from './findSent';
import type { Notebook, Notes } from './notes';
import { createNotebook, readNotes } from './notes';
import type { Work } from './planWork';
import { planWork, wholeWork } from './planWork';
import { resumePackage } from './resumePackage';
import type { SendRequest } from './sendRequest';
import { reportOutcome } from './settlePackage';
import type { UploadedFile } from './uploadedFile';
import { firstCause, uploadFiles } from './uploadFiles';

export interface Delivered {
	package: MasvPackage;
	files: UploadedFile[];
	link: Link | undefined;
	reconciled: boolean;
}

/** A package, what is left to do in it, and whether an earlier run requested to finalize it. */
interface Begun {
	package: MasvPackage;
	access: PackageAccess;
	work: Work;
	wasRequested: boolean;
}

/** Sends a package, or goes on with the one that an earlier run of this delivery has left. */
export async function deliver(client: MasvClient, request: SendRequest, delivery: Delivery): Promise<Delivered> {
	const { record, key, fence } = delivery;
	const notes = readNotes(record?.lines ?? []);
	const notebook = createNotebook(record, key, fence);
	const sent = await findSent(client, request, delivery, notes);
	if (sent !== undefined) {
		await noteSent(client, request, delivery, sent.package.id);
		return { ...sent, link: await makeLink(client, sent.package.id, request), reconciled: true };
	}
	const isOver = notes.sent !== undefined;
	const resumed =
		notebook === undefined || isOver ? undefined : await resume(client, request, delivery, notes, notebook);
	if (resumed !== undefined) {
		try {
			return await finish(client, request, delivery, resumed, notebook);
		} catch (error) {
			if (!resumed.work.known.isClosed || !hasChanged(error)) throw error;
			// An earlier run delivered the package as the files were then. This is another delivery.
		}
	}
	if (notes.package !== undefined) await record?.remove();
	return await finish(client, request, delivery, await begin(client, request, delivery, notebook), notebook);
}

function hasChanged(error: unknown): boolean {
	return error instanceof MasvTransferError && error.code === 'file_changed';
}

async function begin(
	client: MasvClient,
	request: SendRequest,
	{ guard }: Delivery,
	notebook: Notebook | undefined,
): Promise<Begun> {
	await guard.check();
	const { target, sources, policy = fifteenMinutesOfOutage } = request;
	const created = await createPackage(client, target);
	// The token of a package in somebody else's portal cannot be looked up again.
	const token = target.kind === 'portal' ? client.seal(created.access_token) : undefined;
	await notebook?.write({ kind: 'package', fence: notebook.fence, id: created.id, token }, { durable: true });
	const access = { client, packageId: created.id, token: created.access_token, policy, guard };
	return { package: created, access, work: wholeWork(sources, notebook), wasRequested: false };
}

async function resume(
	client: MasvClient,
	request: SendRequest,
	{ guard }: Delivery,
	notes: Notes,
	notebook: Notebook,
): Promise<Begun | undefined> {
	const resumable = await resumePackage(client, request, notes);
	if (resumable === undefined) return undefined;
	const { package: found, isStateKnown } = resumable;
	const { sources, policy = fifteenMinutesOfOutage, onWarning } = request;
	const access = { client, packageId: found.id, token: await fetchPackageToken(client, found.id), policy, guard };
	const isClosed = found.state === 'finalized' || (notes.isDelivering && !isStateKnown);
	const work = await planWork(access, sources, notes, notebook, isClosed);
	if ('blockedPlace' in work) {
		onWarning?.(
			`Package ${found.id} is left unfinished, because it contains "${work.blockedPlace}", which this delivery did not add or cannot remove. The files are sent again in a new package.`,
		);
		return undefined;
	}
	if (isClosed && work.jobs.some(({ start }) => start.kind !== 'check')) return undefined;
	await notebook.write({ kind: 'package', fence: notebook.fence, id: found.id, token: notes.package?.token });
	return { package: found, access, work, wasRequested: notes.isDelivering };
}

async function finish(
	client: MasvClient,
	request: SendRequest,
	delivery: Delivery,
	{ package: begun, access, work, wasRequested }: Begun,
	notebook: Notebook | undefined,
): Promise<Delivered> {
	const { id } = begun;
	let isUncertain = wasRequested;
	try {
		const { files, reconciled } = await complete(request, access, work);
		if (begun.state !== 'finalized') {
			await delivery.guard.check();
			await notebook?.write({ kind: 'delivering', package: id }, { durable: true });
			await finalizePackage(client, id, {
				policy: request.policy,
				wasRequested,
				beforeRequest: async () => await delivery.guard.check(),
				onUncertain: () => (isUncertain = true),
			});
		}
		const link = await makeLink(client, id, request);
		const sent = await readFinalized(client, request, begun);
		await noteSent(client, request, delivery, id);
		return { package: sent, files, link, reconciled };
	} catch (error) {
		throw await reportOutcome(client, id, request, delivery, isUncertain, error);
	}
}

/** Uploads what is missing. @returns all files, in the order of the sources */
async function complete(
	request: SendRequest,
	access: PackageAccess,
	{ jobs, there, known }: Work,
): Promise<{ files: UploadedFile[]; reconciled: boolean }> {
	const results = await uploadFiles(access, jobs, known, { ...request, stopAtFirst: true });
	const failure = firstCause(results.filter((result) => result.status === 'rejected'));
	if (failure !== undefined) throw failure.reason;
	const byPlace = new Map(there);
	const sentIds = new Set<string>();
	for (const result of results) {
		if (result.status !== 'fulfilled') continue;
		byPlace.set(placeOf(result.value), result.value);
		sentIds.add(result.value.id);
	}
	const sent = request.sources.map((source) => ({ source, file: byPlace.get(placeOf(source)) as UploadedFile }));
	const reconciled = known.isClosed || (await confirmFiles(access, sent, known, sentIds));
	return { files: sent.map(({ file }) => file), reconciled };
}

async function makeLink(client: MasvClient, packageId: string, request: SendRequest): Promise<Link | undefined> {
	if (request.link === undefined) return undefined;
	return await createLink(client, packageId, request.link, request.policy ?? fifteenMinutesOfOutage);
}

/** The current package. Errors are ignored, because the delivery has already succeeded. */
async function readFinalized(client: MasvClient, { target }: SendRequest, begun: MasvPackage): Promise<MasvPackage> {
	try {
		if (target.kind === 'team') return await fetchPackage(client, begun.id);
	} catch (error) {
		if (!(error instanceof MasvError)) throw error;
	}
	return { ...begun, state: 'finalized' };
}

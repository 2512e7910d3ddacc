import type { MasvClient } from '../client';
import { MasvApiError, MasvError, MasvTransferError } from '../errors';
import { inTurns } from '../inTurns';
import type { Link } from '../links';
import { isIncompletePackage, isRefusedState } from '../answers';
import { LongMap, LongSet } from '../longCollections';
import { createPackage } from '../packages/create';
import { asFinalized, fetchFinalized, finalizePackage } from '../packages/finalize';
import { fetchPackageToken } from '../packages/find';
import { fifteenMinutesOfOutage, fifteenMinutesOfWork } from '../retry';
import type { Spent } from '../retry';
import type { MasvPackage } from '../schemas';
import type { PackageAccess } from '../transfer/packageAccess';
import { placeOf } from '../transfer/places';
import type { FileSource } from '../transfer/source';
import type { SentFile } from './confirmFiles';
import { confirmFiles, noteListed } from './confirmFiles';
import type { Delivery } from './delivery';
import { Directories, findMissing } from './directories';
import { labelsOf } from './listDirectories';
import { abandonedText, fateOf, HopelessPackage, OtherState } from './hopelessPackage';
import { makeLink } from './makeLink';
import { checkAsPlanned } from './findChanged';
import type { ListedRequest, Md5List } from './md5List';
import { findSent, noteSent } from './findSent';
import type { Notebook, Notes } from './notes';
import { createNotebook, readNotes } from './notes';
import type { Work } from './planWork';
import { planWork, wholeWork } from './planWork';
import { resumePackage } from './resumePackage';
import type { SendRequest } from './sendRequest';
import type { PackageProgress } from './settlePackage';
import { reportOutcome } from './settlePackage';
import type { UploadedFile } from './uploadedFile';
import type { FileJob } from './uploadFiles';
import type { KnownFiles } from './uploadRun';
import { firstCause, uploadFiles } from './uploadFiles';

export interface Delivered {
	package: MasvPackage;
	files: UploadedFile[];
	link: Link | undefined;
	reconciled: boolean;
	/** Paths of empty folders that MASV did not accept. */
	foldersNotCreated: string[];
}

/** A package, and what is left to do in it. */
interface Begun {
	package: MasvPackage;
	access: PackageAccess;
	work: Work;
	sources: readonly FileSource[];
	list: Md5List | undefined;
	isResumed: boolean;
	/** Whether MASV says in which state the package is. */
	isStateKnown: boolean;
}

/** Sends a package, or continues the one that an earlier run of this delivery has left. */
export async function deliver(client: MasvClient, request: ListedRequest, delivery: Delivery): Promise<Delivered> {
	const { record, key, fence } = delivery;
	const notes = await readNotes(record?.lines ?? [], client.clock);
	const notebook = createNotebook(record, key, fence);
	const sent = await findSent(client, request, delivery, notes);
	if (sent !== undefined && sent !== 'touched') {
		const { links, foldersNotCreated: noted, ...found } = sent;
		const { id } = found.package;
		const { directories = [], onWarning } = request;
		const foldersNotCreated = await findMissing(accessTo(client, id, request), directories, noted, onWarning);
		// An expired package has no links.
		const hasLinks = found.package.state === 'finalized';
		const link = hasLinks ? await makeLink(client, id, request, delivery, links) : undefined;
		return { ...found, foldersNotCreated, link };
	}
	// Other permissions or times are no other content: it is compared.
	const isOver = notes.sent !== undefined && sent !== 'touched';
	const resumeWith = async (latest: Notes): Promise<Begun | undefined> =>
		notebook === undefined ? undefined : await tryToResume(client, request, delivery, latest, notebook);
	let begun = isOver ? undefined : await resumeWith(notes);
	let hasPackage = notes.package !== undefined;
	let withDirectories = true;
	const triedStates = new Set<boolean>();
	for (;;) {
		if (begun === undefined) {
			// Another run may have delivered them as they are now.
			if (hasPackage && !isOver) await checkAsPlanned(request.sources, client.signal);
			await delivery.guard.check();
			if (hasPackage) await record?.remove();
			begun = await begin(client, request, notebook);
			hasPackage = true;
		}
		try {
			return await finish(client, request, delivery, { ...begun, withDirectories }, notebook, notes);
		} catch (error) {
			if (error instanceof OtherState && notebook !== undefined && !triedStates.has(error.isDelivering)) {
				triedStates.add(error.isDelivering);
				begun = await resumeWith({ ...notes, isDelivering: error.isDelivering });
				continue;
			}
			if (!(error instanceof HopelessPackage)) throw error;
			request.onWarning?.(error.message);
			if (error.hasStuckDirectories) withDirectories = false;
			begun = undefined;
		}
	}
}

/** Whether the next run would fail in the same way if it went on with the same package. */
function isHopeless(error: unknown, isClosed: boolean): boolean {
	if (error instanceof MasvError && hopelessCodes.has(error.code)) return true;
	if (isClosed && error instanceof MasvTransferError && error.code === 'file_changed') return true;
	return isIncompletePackage(error);
}

const hopelessCodes = new Set<string>(['file_not_removed', 'package_file_unknown', 'package_file_different']);

async function begin(client: MasvClient, request: ListedRequest, notebook: Notebook | undefined): Promise<Begun> {
	const { target, list, policy = fifteenMinutesOfOutage } = request;
	const sources = withList(request, list);
	const created = await createPackage(client, target);
	// The lists may not show a package that is not finalized, or is in someone else's portal.
	const token = client.seal(created.access_token);
	await notebook?.write({ kind: 'package', fence: notebook.fence, id: created.id, token }, { durable: true });
	const access = { client, packageId: created.id, token: created.access_token, policy };
	const work = wholeWork(sources, notebook);
	return { package: created, access, work, sources, list, isResumed: false, isStateKnown: true };
}

/** A failure says what has become of the package, as one of {@link finish} does. */
async function tryToResume(
	client: MasvClient,
	request: ListedRequest,
	delivery: Delivery,
	notes: Notes,
	notebook: Notebook,
): Promise<Begun | undefined> {
	try {
		return await resume(client, request, notes, notebook);
	} catch (error) {
		const isSettled = error instanceof MasvError && error.code === 'delivery_uncertain';
		if (notes.package === undefined || isSettled) throw error;
		const progress: PackageProgress = notes.isDelivering ? 'uncertain' : 'open';
		throw await reportOutcome(client, notes.package.id, request, delivery, progress, error);
	}
}

async function resume(
	client: MasvClient,
	request: ListedRequest,
	notes: Notes,
	notebook: Notebook,
): Promise<Begun | undefined> {
	const resumable = await resumePackage(client, request, notes);
	if (resumable === undefined) return undefined;
	const { package: found, isStateKnown } = resumable;
	const { policy = fifteenMinutesOfOutage, onWarning, list: wanted } = request;
	const access = { client, packageId: found.id, token: await fetchPackageToken(client, found.id), policy };
	const isClosed = found.state !== 'new' || (notes.isDelivering && !isStateKnown);
	const fate = fateOf(isClosed, isStateKnown);
	const list = isClosed && !hasNote(notes, wanted) ? undefined : wanted;
	const sources = withList(request, list);
	const work = await planWork(access, sources, notes, notebook, isClosed);
	if ('blockedPlace' in work) {
		const reason = `it contains "${work.blockedPlace}", which this delivery did not add or cannot remove`;
		onWarning?.(abandonedText(found.id, fate, reason));
		return undefined;
	}
	const changed = isClosed ? work.jobs.find(({ start }) => start.kind !== 'check') : undefined;
	if (changed !== undefined) {
		onWarning?.(abandonedText(found.id, fate, `it does not contain "${placeOf(changed.source)}" as it is now`));
		return undefined;
	}
	const [other] = isClosed ? work.unwanted : [];
	if (list !== wanted || other !== undefined) {
		const delivered = other === undefined ? 'without a list of MD5s' : `with the list of MD5s "${other}"`;
		const was = isStateKnown ? 'was' : 'may have been';
		onWarning?.(`Package ${found.id} ${was} delivered by an earlier run ${delivered}.`);
	}
	await notebook.write({ kind: 'package', fence: notebook.fence, id: found.id, token: notes.package?.token });
	if (work.isListed) await noteListed(work.known, found.id);
	return { package: found, access, work, sources, list, isResumed: true, isStateKnown };
}

async function finish(
	client: MasvClient,
	request: ListedRequest,
	delivery: Delivery,
	{ package: begun, access, work, withDirectories, ...more }: Begun & { withDirectories: boolean },
	notebook: Notebook | undefined,
	{ links, refusals: noted }: Notes,
): Promise<Delivered> {
	const { id } = begun;
	const { isResumed, isStateKnown } = more;
	const { known } = work;
	const { directories: wanted = [], onWarning } = request;
	const directories = new Directories(access, known, withDirectories ? wanted : [], onWarning);
	const findNotCreated = async (): Promise<string[]> => {
		if (known.isClosed) return await findMissing(access, wanted, undefined, onWarning);
		return withDirectories ? directories.notCreated : labelsOf(wanted);
	};
	// An earlier run may have requested to finalize it.
	let progress: PackageProgress = known.isClosed && !isStateKnown ? 'uncertain' : 'open';
	let isRequestLost = false;
	try {
		const sentFiles = await uploadRest(request, access, work, more);
		if (!known.isClosed) await directories.create();
		let reconciled = known.isClosed && work.isListed;
		const spent: Spent = { ms: 0 };
		const finalize = async (): Promise<void> => {
			if (!known.isClosed) reconciled = await confirmFiles(access, sentFiles.all, known, sentFiles.newIds);
			await delivery.guard.check();
			const { fence } = delivery;
			await notebook?.write({ kind: 'delivering', fence, package: id }, { durable: true });
			const requestIt = async (): Promise<void> =>
				await finalizePackage(client, id, {
					policy: request.policy,
					spent,
					// Only this delivery finalizes its package: a request of this run or an earlier one, or a proxy that repeated it.
					wasRequested: true,
					onUncertain: () => {
						progress = 'uncertain';
						isRequestLost = true;
					},
				});
			try {
				await requestIt().catch(async (error: unknown) => {
					// It was not delivered: what it lacks can be added before it is requested again.
					if (known.isClosed && isIncompletePackage(error)) throw error;
					// How MASV would say that a directory is in the way is not known.
					if (!isRefusedState(error) || !(await directories.drop())) throw error;
					await requestIt();
				});
			} catch (error) {
				const isSettled = isIncompletePackage(error) && !isRequestLost;
				if (isSettled) await notebook?.write({ kind: 'incomplete', fence, package: id });
				throw error;
			}
		};
		const isOpen = !isResumed || begun.state === 'new';
		if (isOpen) {
			const finalizing = client.retry(finalize, {
				policy: fifteenMinutesOfWork,
				// MASV may call a file unfinished that it is still assembling, or an entry that a lost request has left.
				isTransient: (error) => isIncompletePackage(error) && !directories.areStuck && !known.isClosed,
				spent,
			});
			await finalizing.catch((error: unknown) => {
				throw known.isClosed && isIncompletePackage(error) ? new OtherState(id, false, error) : error;
			});
		}
		progress = 'finalized';
		await delivery.guard.check();
		// An expired package has no links.
		const hasLinks = isOpen || begun.state === 'finalized';
		const link = hasLinks ? await makeLink(client, id, request, delivery, links) : undefined;
		const sent = await readFinalized(client, request, begun, sentFiles.all);
		const foldersNotCreated = await findNotCreated();
		await noteSent(client, request, delivery, id, { foldersNotCreated });
		return { package: sent, files: sentFiles.all.map(({ file }) => file), link, reconciled, foldersNotCreated };
	} catch (error) {
		if (error instanceof OtherState) throw error;
		const { isClosed } = known;
		if (!isClosed && isRefusal(known, error)) {
			const answer = answerKey(client, error);
			const isOpenPackage = !isResumed || known.hasAdded === true;
			// What it refuses is this file. Otherwise, neither its state nor a note says that it has been delivered.
			if (isOpenPackage) await notebook?.write({ kind: 'refused', package: id, answer });
			else if (!isStateKnown && !noted.has(answer)) throw new OtherState(id, true, error);
		}
		const { areStuck } = directories;
		const isHopelessPackage = isHopeless(error, isClosed) || (areStuck && isRefusedState(error));
		const isOver = isHopelessPackage && (isClosed || progress === 'open');
		// While MASV may still deliver it, another package could be the second one.
		if (isOver) {
			await delivery.guard.check();
			if (isResumed || areStuck) throw new HopelessPackage(id, fateOf(isClosed, isStateKnown), areStuck, error);
			await delivery.record?.remove();
		}
		const { guard, record } = delivery;
		const rest = { guard, record: isOver ? undefined : record, isGivenUp: isOver };
		throw await reportOutcome(client, id, request, rest, progress, error);
	}
}

function isRefusal({ refusals }: KnownFiles, error: unknown): error is MasvApiError {
	return error instanceof MasvApiError && refusals?.has(error) === true;
}

/** Identifies what MASV said. Hashed: MASV may have repeated a secret. */
function answerKey(client: MasvClient, { status, serviceCode, details }: MasvApiError): string {
	return client.recordKey(['answer', status, serviceCode, details]);
}

/**
 * Uploads what is missing. @returns all files, in the order of the sources, and the IDs of those that MASV has finalized for
 * this run
 */
async function uploadRest(
	request: ListedRequest,
	access: PackageAccess,
	{ jobs, there, known }: Work,
	{ sources, list }: Pick<Begun, 'sources' | 'list'>,
): Promise<{ all: SentFile[]; newIds: Set<string> }> {
	const prepare = async (others: UploadedFile[]): Promise<void> => await list?.fill([...there.values(), ...others]);
	const ready = jobs.map((job) => (job.source === list?.source ? { ...job, prepare } : job));
	if (list !== undefined) warnOfReading(request, ready, there);
	const options = { ...request, wholeMd5: list !== undefined, stopAtFirst: true };
	const results = await uploadFiles(access, ready, known, options);
	const failure = firstCause(results.filter((result) => result.status === 'rejected'));
	if (failure !== undefined) throw failure.reason;
	const byPlace = new LongMap(there);
	const newIds = new LongSet<string>();
	const { clock } = access.client;
	await inTurns(results, clock, (result) => {
		if (result.status !== 'fulfilled') return;
		byPlace.set(placeOf(result.value), result.value);
		newIds.add(result.value.id);
	});
	const all: SentFile[] = [];
	await inTurns(sources, clock, (source) => {
		all.push({ source, file: byPlace.get(placeOf(source)) as UploadedFile });
	});
	return { all, newIds };
}

/** The list is the last file of the package. */
function withList({ sources }: SendRequest, list: Md5List | undefined): FileSource[] {
	return list === undefined ? sources : [...sources, list.source];
}

/** Whether an earlier run has added the list. */
function hasNote({ files }: Notes, list: Md5List | undefined): boolean {
	const place = list && placeOf(list.source);
	return [...files.values()].some((file) => file.place === place && !file.isRemoved);
}

/** What an earlier run has sent, perhaps without computing MD5s, would not have to be read otherwise. */
function warnOfReading(
	{ onWarning }: SendRequest,
	jobs: readonly FileJob[],
	there: ReadonlyMap<string, UploadedFile>,
): void {
	const resumed = jobs.filter(({ start, prepare }) => start.kind === 'resume' && prepare === undefined).length;
	const unknown = [...there.values()].filter(({ md5 }) => md5 === undefined).length;
	const count = jobs.some(({ prepare }) => prepare !== undefined) ? resumed + unknown : 0;
	if (count === 0) return;
	const what = count === 1 ? '1 file is' : `${count} files are`;
	onWarning?.(
		`${what} read from the beginning for the list of MD5s, although an earlier run has uploaded parts or all of it.`,
	);
}

/** Undefined if there is no token for the package. */
function accessTo(client: MasvClient, packageId: string, { policy }: SendRequest): PackageAccess | undefined {
	const token = client.tokens.get(packageId);
	return token === undefined ? undefined : { client, packageId, token, policy: policy ?? fifteenMinutesOfOutage };
}

/** The package as it is now. In the portal of another team, only what was known before can be shown. */
async function readFinalized(
	client: MasvClient,
	{ target }: SendRequest,
	begun: MasvPackage,
	files: readonly SentFile[],
): Promise<MasvPackage> {
	// When the package was created, it was empty.
	const known = { size: files.reduce((sum, { file }) => sum + file.size, 0), total_files: files.length };
	return target.kind === 'team' ? await fetchFinalized(client, begun, known) : asFinalized(begun, known);
}

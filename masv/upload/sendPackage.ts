import type { MasvClient } from '../client';
import { MasvError, MasvInputError } from '../errors';
import type { Link, LinkRequest } from '../links';
import { createLink } from '../links';
import { fifteenMinutesOfOutage } from '../retry';
import type { MasvFile, MasvPackage } from '../schemas';
import type { JournalRecord } from '../transfer/journal';
import type { FileSource } from '../transfer/source';
import type { UploadedFile } from './uploadFile';
import { cleanUpMs } from './context';
import type { UploadOptions } from './uploadFiles';
import { firstCause, uploadFiles } from './uploadFiles';
import { checkDistinct, labelOf } from '../transfer/places';
import type { PackageTarget } from '../packages/create';
import { checkTarget, createPackage } from '../packages/create';
import { fetchPackage } from '../packages/find';
import { fetchFiles } from '../packages/files';
import { finalizePackage } from '../packages/finalize';
import { deletePackage, renamePackage } from '../packages/change';

export interface SendRequest extends UploadOptions {
	target: PackageTarget;
	sources: FileSource[];
	/** Absent: no link is made. */
	link?: LinkRequest;
	/** What becomes of the package when something fails after it was created. */
	unfinished: 'keep' | 'delete';
	/** Whose work this is: only a later run with the same scope goes on with it. Absent: none does. */
	scope?: string;
}

export interface Sent {
	package: MasvPackage;
	files: UploadedFile[];
	link: Link | undefined;
	/** Sums over all files. */
	bytes: number;
	parts: number;
	retried_parts: number;
	resumed_parts: number;
	duration_ms: number;
}

/**
 * One package, all files, finalized, and a link if wanted. All that can be checked is checked before anything is created.
 * With a journal, a run that broke off is gone on with: the same work, its files unchanged, finds its package again.
 * @throws MasvError; when the package exists by then, `hint` says what became of it
 */
export async function sendPackage(client: MasvClient, request: SendRequest): Promise<Sent> {
	const startedAt = client.clock.now();
	checkDistinct(request.sources);
	if (request.sources.length === 0) {
		throw new MasvInputError('There are no files to send', {
			field: 'Files',
			hint: 'Name a file or a folder with files in it, or the binary field that holds one.',
		});
	}
	await checkTarget(client, request.target, request.sources);
	const record = await claimRecord(client, request);
	try {
		const earlier = await findEarlier(client, request, record);
		const found = earlier?.package ?? (await beginPackage(client, request, record));
		try {
			const files = await uploadMissing(client, found.id, request, earlier, record);
			if (found.state !== 'finalized') await finalizePackage(client, found.id, request.policy);
			const link =
				request.link === undefined
					? undefined
					: await createLink(client, found.id, request.link, request.policy ?? fifteenMinutesOfOutage);
			const sent = await readFinalized(client, request.target, found);
			await record?.remove();
			return {
				package: sent,
				files,
				link,
				bytes: sumOf(files, 'size'),
				parts: sumOf(files, 'parts'),
				retried_parts: sumOf(files, 'retried_parts'),
				resumed_parts: sumOf(files, 'resumed_parts'),
				duration_ms: client.clock.now() - startedAt,
			};
		} catch (error) {
			throw await tellFate(client, found.id, request, record, error);
		}
	} finally {
		await record?.release();
	}
}

function sumOf(files: UploadedFile[], figure: 'size' | 'parts' | 'retried_parts' | 'resumed_parts'): number {
	return files.reduce((sum, file) => sum + file[figure], 0);
}

/** First line of a record. Every other line is an {@link UploadedFile}. */
interface Beginning {
	package_id: string;
}

/** What a run that broke off has left. */
interface Earlier {
	package: MasvPackage;
	/** By place in the package. */
	files: Map<string, UploadedFile>;
	strays: MasvFile[];
}

/** Everything that makes it the same work goes into the key, except the name: that often holds the time of day. */
async function claimRecord(client: MasvClient, request: SendRequest): Promise<JournalRecord | undefined> {
	const { journal, scope, target, sources } = request;
	if (journal === undefined || scope === undefined) return undefined;
	if (sources.some((source) => source.identity === undefined)) return undefined;
	const { name: _name, ...rest } = target.request;
	const where = target.kind === 'team' ? 'team' : target.portalId;
	const files = sources.map((source) => [labelOf(source), source.identity]);
	return await journal.claim(client.recordKey(['send', scope, where, rest, files]));
}

async function findEarlier(
	client: MasvClient,
	request: SendRequest,
	record: JournalRecord | undefined,
): Promise<Earlier | undefined> {
	const [begun, ...lines] = (record?.lines ?? []) as [Beginning?, ...UploadedFile[]];
	if (begun?.package_id === undefined) return undefined;
	const found = await stillThere(client, begun.package_id);
	const files = new Map(lines.map((file) => [labelOf(file), file]));
	const isWhole = request.sources.every((source) => files.has(labelOf(source)));
	// Finalized and whole: it broke off between the last step and the end. Finalized by somebody else: not ours any more.
	if (found === undefined || !(found.state === 'new' || (found.state === 'finalized' && isWhole))) {
		await record?.remove();
		return undefined;
	}
	if (found.state === 'finalized') return { package: found, files, strays: [] };
	const { name } = request.target.request;
	const renamed = found.name === name ? found : { ...found, ...(await renamePackage(client, found.id, name)) };
	return { package: renamed, files, strays: await fetchFiles(client, found.id) };
}

async function stillThere(client: MasvClient, packageId: string): Promise<MasvPackage | undefined> {
	try {
		return await fetchPackage(client, packageId);
	} catch (error) {
		if (error instanceof MasvInputError) return undefined;
		throw error;
	}
}

async function beginPackage(
	client: MasvClient,
	request: SendRequest,
	record: JournalRecord | undefined,
): Promise<MasvPackage> {
	const created = await createPackage(client, request.target);
	await record?.append({ package_id: created.id } satisfies Beginning);
	return created;
}

async function uploadMissing(
	client: MasvClient,
	packageId: string,
	request: SendRequest,
	earlier: Earlier | undefined,
	record: JournalRecord | undefined,
): Promise<UploadedFile[]> {
	const stored = new Map(
		[...(earlier?.files ?? [])].map(([place, file]) => [
			place,
			{ ...file, retried_parts: 0, resumed_parts: file.parts },
		]),
	);
	const missing = request.sources.filter((source) => !stored.has(labelOf(source)));
	const results = await uploadFiles(client, packageId, missing, {
		...request,
		stopAtFirst: true,
		strays: earlier?.strays,
		onFileStored: async (file) => await record?.append(file),
	});
	const failure = firstCause(results.filter((result) => result.status === 'rejected'));
	if (failure !== undefined) throw failure.reason;
	for (const result of results) {
		if (result.status === 'fulfilled') stored.set(labelOf(result.value), result.value);
	}
	return request.sources.map((source) => stored.get(labelOf(source)) as UploadedFile);
}

/** The package as it is now. The delivery has succeeded by then, so a failure to read it back must not undo that. */
async function readFinalized(client: MasvClient, target: PackageTarget, created: MasvPackage): Promise<MasvPackage> {
	try {
		if (target.kind === 'team') return await fetchPackage(client, created.id);
	} catch (error) {
		if (!(error instanceof MasvError)) throw error;
	}
	return { ...created, state: 'finalized' };
}

async function tellFate(
	client: MasvClient,
	packageId: string,
	request: SendRequest,
	record: JournalRecord | undefined,
	error: unknown,
): Promise<unknown> {
	if (!(error instanceof MasvError)) return error;
	error.addHint(await settleFate(client, packageId, request, record, error));
	return error;
}

async function settleFate(
	client: MasvClient,
	packageId: string,
	request: SendRequest,
	record: JournalRecord | undefined,
	first: MasvError,
): Promise<string> {
	// The signal that stopped the work would stop the clean-up too.
	const cleaner = client.withSignal(client.clock.timeout(cleanUpMs));
	try {
		const { state } = await fetchPackage(cleaner, packageId);
		if (state === 'finalized') return `Package ${packageId} is finalized and delivered all the same.`;
		if (request.unfinished === 'keep') {
			const next =
				record === undefined
					? 'Finish it with Upload File and Finalize, or delete it in MASV.'
					: 'Run this again with the same files and it goes on where it stopped, or delete it in MASV.';
			return `Package ${packageId} was kept unfinished; nobody was notified. ${next}`;
		}
		await deletePackage(cleaner, packageId);
		await record?.remove();
		return `The unfinished package ${packageId} was deleted.`;
	} catch (second) {
		first.cause ??= second;
		return `What became of package ${packageId} is not known: look for it in MASV.`;
	}
}

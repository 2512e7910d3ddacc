import type { MasvClient } from '../client';
import { MasvError, MasvInputError } from '../errors';
import type { Link } from '../links';
import { createLink } from '../links';
import { fifteenMinutesOfOutage } from '../retry';
import type { MasvPackage } from '../schemas';
import type { JournalRecord } from '../transfer/journal';
import type { UploadedFile } from './uploadFile';
import { firstCause, uploadFiles } from './uploadFiles';
import { checkDistinct, labelOf } from '../transfer/places';
import type { PackageTarget } from '../packages/create';
import { checkTarget, createPackage } from '../packages/create';
import { fetchPackage } from '../packages/find';
import { finalizePackage } from '../packages/finalize';
import { reportOutcome } from './settlePackage';
import type { PackageLine, UnfinishedPackage } from './packageRecord';
import { claimRecord, findUnfinished } from './packageRecord';
import type { SendRequest } from './sendRequest';

export interface SendResult {
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
 * Creates a package, uploads all files, finalizes it, and creates a link on request. Validates the input before creating
 * anything. With a journal, an interrupted run is resumed if the request and the files are the same.
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
	const record = await claimRecord(client, request);
	try {
		const unfinished = await findUnfinished(client, request, record);
		const found = unfinished?.package ?? (await startPackage(client, request, record));
		try {
			const files = await uploadMissing(client, found.id, request, unfinished, record);
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
			throw await reportOutcome(client, found.id, request, record, error);
		}
	} finally {
		await record?.close();
	}
}

function sumOf(files: UploadedFile[], key: 'size' | 'parts' | 'retried_parts' | 'resumed_parts'): number {
	return files.reduce((sum, file) => sum + file[key], 0);
}

async function startPackage(
	client: MasvClient,
	request: SendRequest,
	record: JournalRecord | undefined,
): Promise<MasvPackage> {
	const created = await createPackage(client, request.target);
	await record?.append({ package_id: created.id } satisfies PackageLine);
	return created;
}

async function uploadMissing(
	client: MasvClient,
	packageId: string,
	request: SendRequest,
	unfinished: UnfinishedPackage | undefined,
	record: JournalRecord | undefined,
): Promise<UploadedFile[]> {
	const stored = new Map(
		[...(unfinished?.files ?? [])].map(([path, file]) => [
			path,
			{ ...file, retried_parts: 0, resumed_parts: file.parts },
		]),
	);
	const missing = request.sources.filter((source) => !stored.has(labelOf(source)));
	const results = await uploadFiles(client, packageId, missing, {
		...request,
		stopAtFirst: true,
		leftovers: unfinished?.leftovers,
		onFileStored: async (file) => await record?.append(file),
	});
	const failure = firstCause(results.filter((result) => result.status === 'rejected'));
	if (failure !== undefined) throw failure.reason;
	for (const result of results) {
		if (result.status === 'fulfilled') stored.set(labelOf(result.value), result.value);
	}
	return request.sources.map((source) => stored.get(labelOf(source)) as UploadedFile);
}

/** The current package. Errors are ignored, because the delivery has already succeeded. */
async function readFinalized(client: MasvClient, target: PackageTarget, created: MasvPackage): Promise<MasvPackage> {
	try {
		if (target.kind === 'team') return await fetchPackage(client, created.id);
	} catch (error) {
		if (!(error instanceof MasvError)) throw error;
	}
	return { ...created, state: 'finalized' };
}

import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import type { MasvFile, MasvPackage } from '../schemas';
import type { JournalRecord } from '../transfer/journal';
import type { UploadedFile } from './uploadFile';
import { labelOf } from '../transfer/places';
import { fetchPackage } from '../packages/find';
import { fetchFiles } from '../packages/files';
import { renamePackage } from '../packages/change';
import type { SendRequest } from './sendRequest';

/** First line of a record. Each of the following lines is an {@link UploadedFile}. */
export interface PackageLine {
	package_id: string;
}

/** A package that an interrupted run left unfinished. */
export interface UnfinishedPackage {
	package: MasvPackage;
	/** By path in the package. */
	files: Map<string, UploadedFile>;
	leftovers: MasvFile[];
}

/** The key contains all of the request except the package name, which often includes the time. */
export async function claimRecord(client: MasvClient, request: SendRequest): Promise<JournalRecord | undefined> {
	const { journal, scope, target, sources } = request;
	if (journal === undefined || scope === undefined) return undefined;
	if (sources.some((source) => source.identity === undefined)) return undefined;
	const { name: _name, ...rest } = target.request;
	const where = target.kind === 'team' ? 'team' : target.portalId;
	const files = sources.map((source) => [labelOf(source), source.identity]);
	return await journal.open(client.recordKey(['send', scope, where, rest, files]));
}

export async function findUnfinished(
	client: MasvClient,
	request: SendRequest,
	record: JournalRecord | undefined,
): Promise<UnfinishedPackage | undefined> {
	const [first, ...lines] = (record?.lines ?? []) as [PackageLine?, ...UploadedFile[]];
	if (first?.package_id === undefined) return undefined;
	const found = await fetchIfExists(client, first.package_id);
	const files = new Map(lines.map((file) => [labelOf(file), file]));
	const isComplete = request.sources.every((source) => files.has(labelOf(source)));
	// Finalized with all files: only the link or the end of the run is missing.
	// Finalized by someone else: start a new package.
	if (found === undefined || !(found.state === 'new' || (found.state === 'finalized' && isComplete))) {
		await record?.remove();
		return undefined;
	}
	if (found.state === 'finalized') return { package: found, files, leftovers: [] };
	const { name } = request.target.request;
	const renamed = found.name === name ? found : { ...found, ...(await renamePackage(client, found.id, name)) };
	return { package: renamed, files, leftovers: await fetchFiles(client, found.id) };
}

async function fetchIfExists(client: MasvClient, packageId: string): Promise<MasvPackage | undefined> {
	try {
		return await fetchPackage(client, packageId);
	} catch (error) {
		if (error instanceof MasvInputError) return undefined;
		throw error;
	}
}

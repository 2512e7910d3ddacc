import { toLastModified } from '../dates';
import { MasvConnectionError, MasvError, MasvTransferError } from '../errors';
import { path } from '../path';
import { halfAMinuteOfOutage, outageOf } from '../retry';
import type { AddedDirectory, Blueprint } from '../schemas';
import { addedDirectorySchema } from '../schemas';
import { bufferSource } from '../transfer/bufferSource';
import type { PackageAccess } from '../transfer/packageAccess';
import { labelOf, placeOf } from '../transfer/places';
import { followRedirects, sendBlueprint } from '../transfer/signedRequest';
import type { DirectoryFacts } from '../transfer/source';
import { untilSettled } from '../transfer/untilSettled';
import { headerOf } from '../transport';
import { finalizeFile } from './finalizeFile';
import { listDirectories } from './listDirectories';
import { mebibyte } from './partLimits';
import { createPartUrls } from './partUrls';
import { removeFile } from './removeFile';
import { startMultipart } from './startMultipart';

/** Most requests without a response have added nothing. What a list shows even later is removed once the directory is there. */
export const momentOfLag = outageOf(5_000);

/** Called if no list shows what has become of a request without a response, before it is repeated. */
type OnUnseen = () => void;

/**
 * `POST /v1/packages/{package}/files` with `kind: directory`: docs/masv-api.md#adding-a-file. An outage is waited for as usual;
 * a server that fails at directories every time is not.
 * @returns the entry. If there is a blueprint, {@link fillDirectory} must follow it
 */
export async function addDirectory(
	access: PackageAccess,
	directory: DirectoryFacts,
	onUnseen: OnUnseen,
): Promise<AddedDirectory> {
	const { client, policy } = access;
	let lost: unknown;
	return await client.retry(
		async () => {
			const found = lost === undefined ? undefined : await findLost(access, directory, lost, onUnseen);
			lost = undefined;
			return (
				found ??
				(await register({ ...access, policy: halfAMinuteOfOutage }, directory, onUnseen).catch((error: unknown) => {
					lost = error;
					throw error;
				}))
			);
		},
		{
			policy,
			isTransient: (error) => error instanceof MasvConnectionError && error.transient && error.status === undefined,
		},
	);
}

async function register(access: PackageAccess, directory: DirectoryFacts, onUnseen: OnUnseen): Promise<AddedDirectory> {
	const { client, packageId, token, policy } = access;
	const { name, path: folder, modifiedAt } = directory;
	return await client.call({
		operation: `add the folder "${labelOf(directory)}" to the package`,
		method: 'POST',
		path: path`/v1/packages/${packageId}/files`,
		body: {
			kind: 'directory',
			name,
			path: folder,
			last_modified: toLastModified(modifiedAt),
		},
		authorization: { kind: 'package', token },
		schema: addedDirectorySchema,
		policy,
		recoverResult: async (lost) => await findLost(access, directory, lost, onUnseen),
	});
}

/**
 * What a request without a response has added. Its blueprint is lost, so that an unfinished entry is removed and added again.
 * @throws MasvTransferError if no list can be had: a repeat could add the directory twice
 */
async function findLost(
	access: PackageAccess,
	directory: DirectoryFacts,
	lost: unknown,
	onUnseen: OnUnseen,
): Promise<AddedDirectory | undefined> {
	const listing = await untilSettled(
		access.client,
		momentOfLag,
		async () => await listDirectories(access),
		(latest) => (latest?.byPlace.has(placeOf(directory)) === false ? 'behind' : 'settled'),
	);
	if (listing === undefined) throw uncertainError(directory, lost);
	const [entry] = listing.byPlace.get(placeOf(directory)) ?? [];
	if (entry === undefined) {
		onUnseen();
		return undefined;
	}
	if (entry.isComplete !== false) return { file: { id: entry.id }, create_blueprint: undefined };
	await removeFile(access, entry.id);
	return undefined;
}

function uncertainError(directory: DirectoryFacts, lost: unknown): MasvTransferError {
	const reason = lost instanceof Error ? lost.message : String(lost);
	return new MasvTransferError(`It is uncertain whether MASV has added it: ${reason}`, {
		code: lost instanceof MasvError ? lost.code : 'connection_lost',
		file: labelOf(directory),
		cause: lost,
	});
}

/** Uploads nothing, in one part, as for an empty file. @throws MasvError if MASV does not finish the directory */
export async function fillDirectory(
	{ policy: _usual, ...rest }: PackageAccess,
	directory: DirectoryFacts,
	fileId: string,
	blueprint: Blueprint,
): Promise<void> {
	const access = { ...rest, policy: halfAMinuteOfOutage };
	const file = labelOf(directory);
	const upload = { fileId, uploadId: await startMultipart(access, blueprint, file), file };
	const url = await createPartUrls(access, upload, 1).get(0);
	const operation = `upload the folder "${file}"`;
	const nothing = { method: 'PUT', body: undefined, bytes: 0 } as const;
	const response = await access.client.retry(
		async (attempt) =>
			await followRedirects(url, async (to) => await sendBlueprint(access.client, operation, to, nothing, attempt)),
		{ policy: access.policy },
	);
	const parts = [{ etag: headerOf(response, 'etag') ?? '', attempts: 1 }];
	const plan = { partBytes: 5 * mebibyte, parts: 1, parallelParts: 1 };
	const source = bufferSource(new Uint8Array(0), directory);
	const outcome = await finalizeFile(access, source, { plan, upload, parts }, 'nothing');
	if (outcome.kind === 'finalized') return;
	const reason = outcome.error instanceof Error ? outcome.error.message : String(outcome.error);
	throw new MasvTransferError(`MASV does not finish it: ${reason}`, {
		code: 'request_rejected',
		file,
		cause: outcome.error,
	});
}

import type { MasvClient } from '../client';
import { MasvError, MasvInputError } from '../errors';
import type { Link, LinkRequest } from '../links';
import { createLink } from '../links';
import type { PackageTarget } from '../packages';
import { createPackage, deletePackage, fetchPackage, finalizePackage } from '../packages';
import { checkPortalAccepts, findPortal } from '../portals';
import { fifteenMinutesOfOutage } from '../retry';
import type { MasvPackage } from '../schemas';
import type { FileSource } from './source';
import { checkDistinct } from './source';
import type { UploadedFile } from './uploadFile';
import type { UploadOptions } from './uploadFiles';
import { uploadFiles } from './uploadFiles';

export interface SendRequest extends UploadOptions {
	target: PackageTarget;
	sources: FileSource[];
	/** Absent: no link is made. */
	link?: LinkRequest;
	/** What becomes of the package when something fails after it was created. */
	unfinished: 'keep' | 'delete';
}

export interface Sent {
	package: MasvPackage;
	files: UploadedFile[];
	link: Link | undefined;
	/** Of all files. */
	bytes: number;
	duration_ms: number;
}

/** How long a clean-up may take when the work itself was stopped. Milliseconds. */
const cleanUpMs = 20_000;

/**
 * One package, all files, finalized, and a link if wanted. All that can be checked is checked before anything is created.
 * @throws MasvError; when the package exists by then, `hint` says what became of it
 */
export async function sendPackage(client: MasvClient, request: SendRequest): Promise<Sent> {
	const startedAt = client.clock.now();
	checkDistinct(request.sources);
	await checkTarget(client, request);
	const created = await createPackage(client, request.target);
	try {
		const files = await uploadAll(client, created.id, request);
		await finalizePackage(client, created.id, request.policy);
		const link =
			request.link === undefined
				? undefined
				: await createLink(client, created.id, request.link, request.policy ?? fifteenMinutesOfOutage);
		return {
			package: await readFinalized(client, request.target, created),
			files,
			link,
			bytes: files.reduce((sum, file) => sum + file.size, 0),
			duration_ms: client.clock.now() - startedAt,
		};
	} catch (error) {
		throw await tellFate(client, created.id, request.unfinished, error);
	}
}

/** Holds the files against the rules of the portal. A portal that the API key cannot see is left to MASV to judge. */
export async function checkTarget(client: MasvClient, { target, sources }: SendRequest): Promise<void> {
	if (sources.length === 0) {
		throw new MasvInputError('There are no files to send', {
			field: 'Files',
			hint: 'Name a file or a folder with files in it, or the binary field that holds one.',
		});
	}
	if (target.kind !== 'portal') return;
	const portal = await findPortal(client, target.portalId);
	if (portal === undefined) return;
	checkPortalAccepts(portal, {
		packageName: target.request.name,
		files: sources,
		hasAccessCode: target.accessCode !== undefined,
		nowMs: client.clock.now(),
	});
}

async function uploadAll(client: MasvClient, packageId: string, request: SendRequest): Promise<UploadedFile[]> {
	const results = await uploadFiles(client, packageId, request.sources, { ...request, stopAtFirst: true });
	const failures = results.filter((result) => result.status === 'rejected');
	// Those that were merely stopped fail with the error of the one that failed first.
	if (failures[0] !== undefined) throw failures[0].reason;
	return results.map((result) => (result as PromiseFulfilledResult<UploadedFile>).value);
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
	unfinished: 'keep' | 'delete',
	error: unknown,
): Promise<unknown> {
	if (!(error instanceof MasvError)) return error;
	const fate = await settleFate(client, packageId, unfinished, error);
	error.hint = [error.hint, fate].filter((text) => text !== undefined).join(' ');
	return error;
}

async function settleFate(
	client: MasvClient,
	packageId: string,
	unfinished: 'keep' | 'delete',
	first: MasvError,
): Promise<string> {
	// The signal that stopped the work would stop the clean-up too.
	const cleaner = client.withSignal(AbortSignal.timeout(cleanUpMs));
	try {
		const { state } = await fetchPackage(cleaner, packageId);
		if (state === 'finalized') return `Package ${packageId} is finalized and delivered all the same.`;
		if (unfinished === 'keep') {
			return `Package ${packageId} was kept unfinished: nobody was notified. Finish it with Upload File and Finalize, or delete it in MASV.`;
		}
		await deletePackage(cleaner, packageId);
		return `The unfinished package ${packageId} was deleted.`;
	} catch (second) {
		first.cause ??= second;
		return `Package ${packageId} is left unfinished in MASV; nobody was notified.`;
	}
}

import type { MasvClient } from '../client';
import { findPackage } from '../packages/find';
import type { MasvPackage } from '../schemas';
import type { Delivery } from './delivery';
import type { Notes } from './notes';
import { latestByPlace } from './notes';
import { toWanted } from './planWork';
import { changeSince } from './reconcile';
import type { SendRequest } from './sendRequest';
import type { UploadedFile } from './uploadedFile';

/**
 * The package that was already sent, if this run must not send another one: the same execution asks again, because its
 * result was lost when its process died; or another run has sent it while this one was waiting for it. Undefined if a
 * file has changed since.
 */
export async function findSent(
	client: MasvClient,
	{ run, sources, target }: SendRequest,
	{ key, fence, hasWaited }: Delivery,
	notes: Notes,
): Promise<{ package: MasvPackage; files: UploadedFile[] } | undefined> {
	const { sent } = notes;
	if (sent === undefined) return undefined;
	const isSameRun = run !== undefined && sent.runs.has(run);
	if (!isSameRun && !(hasWaited && sent.fence === fence - 1)) return undefined;
	const files: UploadedFile[] = [];
	for (const { source, note } of toWanted(sources, latestByPlace(notes, key))) {
		if (note?.done === undefined || changeSince(source, note) !== 'same') return undefined;
		files.push(note.done);
	}
	// Undefined for a package in the portal of another team.
	const found = await findPackage(client, sent.package);
	if (found !== undefined && found.state !== 'finalized') return undefined;
	return { package: found ?? { id: sent.package, name: target.request.name, state: 'finalized' }, files };
}

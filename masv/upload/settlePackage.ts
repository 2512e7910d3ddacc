import type { MasvClient } from '../client';
import { MasvError } from '../errors';
import type { JournalRecord } from '../transfer/journal';
import { cleanUpClient } from './cleanUp';
import { fetchPackage } from '../packages/find';
import { deletePackage } from '../packages/change';
import type { SendRequest } from './sendRequest';

/** Adds the state of the package to the error, after deleting it if requested. @returns the error */
export async function reportOutcome(
	client: MasvClient,
	packageId: string,
	request: SendRequest,
	record: JournalRecord | undefined,
	error: unknown,
): Promise<unknown> {
	if (!(error instanceof MasvError)) return error;
	error.addHint(await settlePackage(client, packageId, request, record, error));
	return error;
}

async function settlePackage(
	client: MasvClient,
	packageId: string,
	request: SendRequest,
	record: JournalRecord | undefined,
	first: MasvError,
): Promise<string> {
	const cleaner = cleanUpClient(client);
	try {
		const { state } = await fetchPackage(cleaner, packageId);
		if (state === 'finalized') return `Package ${packageId} was finalized and delivered anyway.`;
		if (request.unfinished === 'keep') {
			first.facts.outcome = record === undefined ? 'kept' : 'resumable';
			return `Package ${packageId} was kept unfinished; no notifications were sent.`;
		}
		await deletePackage(cleaner, packageId);
		await record?.remove();
		return `The unfinished package ${packageId} was deleted.`;
	} catch (second) {
		first.cause ??= second;
		return `The state of package ${packageId} is unknown; check it in MASV.`;
	}
}

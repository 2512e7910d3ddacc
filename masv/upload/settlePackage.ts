import type { MasvClient } from '../client';
import { MasvError } from '../errors';
import type { JournalRecord } from '../transfer/journal';
import { cleanUpMs } from './context';
import { fetchPackage } from '../packages/find';
import { deletePackage } from '../packages/change';
import type { SendRequest } from './sendPackage';

export async function tellFate(
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

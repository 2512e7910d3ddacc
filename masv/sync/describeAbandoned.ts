import type { MasvClient } from '../client';
import { MasvApiError } from '../errors';
import { findPackage } from '../packages/find';
import type { SendNewRequest } from './sendNewRequest';

/**
 * Says that a delivery of an earlier run is not continued, and what has become of its package. Where the disk was full, a run may
 * have delivered it without noting that: MASV knows.
 * @param packageId undefined: not noted
 * @param why a clause
 */
export async function describeAbandoned(
	client: MasvClient,
	{ policy }: Pick<SendNewRequest, 'policy'>,
	packageId: string | undefined,
	why: string,
): Promise<string> {
	const state = packageId === undefined ? undefined : await findState(client, { policy }, packageId);
	// One that expired or was deleted may never have been finalized.
	if (packageId !== undefined && state === 'finalized') {
		return `Package ${packageId} of an earlier run was delivered, although that run could not note it. Because ${why}, its files are sent again in a new package.`;
	}
	const text = `A delivery of an earlier run is not continued, because ${why}. Its files are sent in a new package.`;
	if (state === 'new') return text;
	const which = packageId === undefined ? 'it was delivered' : `its package ${packageId} was delivered`;
	return `${text} Whether ${which} is not known.`;
}

/** Undefined if MASV does not say. */
async function findState(
	client: MasvClient,
	{ policy }: Pick<SendNewRequest, 'policy'>,
	packageId: string,
): Promise<string | undefined> {
	try {
		return (await findPackage(client, packageId, policy))?.state;
	} catch (error) {
		if (error instanceof MasvApiError) return undefined;
		throw error;
	}
}

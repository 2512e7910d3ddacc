import type { IPollFunctions } from 'n8n-workflow';

import type { MasvClient } from '../../../masv/client';
import { fetchPackageDetails } from '../../../masv/packages/details';
import { fiveSecondsOfOutage } from '../../../masv/retry';
import type { PollOptions } from '../../../masv/watch/poll';
import { wantsDetails } from './fields';

/** Reads the details of a package; undefined if the user does not want them. */
export function readDetails(n8n: IPollFunctions, masv: MasvClient): PollOptions['details'] {
	if (!wantsDetails(n8n)) return undefined;
	// A package whose details keep failing is retried in the next poll, and must not use up the time for the others.
	const client = masv.withPolicy(fiveSecondsOfOutage);
	return async (packageId) => await fetchPackageDetails(client, packageId, fiveSecondsOfOutage);
}

import type { IPollFunctions } from 'n8n-workflow';

import type { MasvClient } from '../../../masv/client';
import { fetchPackageDetails } from '../../../masv/packages/details';
import { fiveSecondsOfOutage } from '../../../masv/retry';
import type { PollOptions } from '../../../masv/watch/poll';
import { wantsDetails } from './fields';

/** How the details of a package are read; undefined: the user does not want them. */
export function readDetails(n8n: IPollFunctions, masv: MasvClient): PollOptions['details'] {
	if (!wantsDetails(n8n)) return undefined;
	// What fails for longer has its turn at the next poll again, and should not take the time of the others.
	const client = masv.withPolicy(fiveSecondsOfOutage);
	return async (packageId) => await fetchPackageDetails(client, packageId);
}

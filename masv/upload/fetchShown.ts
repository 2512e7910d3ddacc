import type { RetryPolicy } from '../retry';
import { fetchListing } from '../transfer/listing';
import type { PackageAccess } from '../transfer/packageAccess';
import { untilSettled } from '../transfer/untilSettled';

/**
 * What the list of files shows of an entry. `listed`: that it is there, and not whether it is complete. `missing`: not even
 * that. Undefined: no list can be had.
 */
export type Shown = 'complete' | 'unfinished' | 'listed' | 'missing' | undefined;

/** One look at the list. */
export async function fetchShown(access: PackageAccess, id: string, policy?: RetryPolicy): Promise<Shown> {
	const listing = await fetchListing(access, policy);
	if (listing === undefined) return undefined;
	const listed = listing.byId.get(id);
	if (listed === undefined) return 'missing';
	if (listed.isComplete === undefined) return 'listed';
	return listed.isComplete ? 'complete' : 'unfinished';
}

/** The same, after waiting for a list that may be behind: that a file is not complete counts only if it stays so. */
export async function settleShown(access: PackageAccess, id: string): Promise<Shown> {
	return await untilSettled(
		access.client,
		access.policy,
		async () => await fetchShown(access, id),
		(shown) => (shown === 'unfinished' || shown === 'missing' ? 'behind' : 'settled'),
	);
}

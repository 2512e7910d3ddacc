import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import { path } from '../path';
import type { RetryPolicy } from '../retry';
import { fifteenMinutesOfOutage, noRetry } from '../retry';
import { isAlreadyDone, isRejection } from '../answers';
import { fetchPackage, fetchPackageToken } from './find';

/**
 * Finalizes a package: mail goes out, links become active, webhooks fire. After a lost answer the package is looked at
 * before anything is repeated; if it is finalized by then, all is well.
 */
export async function finalizePackage(
	client: MasvClient,
	packageId: string,
	policy: RetryPolicy = fifteenMinutesOfOutage,
): Promise<void> {
	const token = await fetchPackageToken(client, packageId, policy);
	/** Undefined when this key cannot see the package: it may be in somebody else's portal. */
	const readState = async (lookUp: RetryPolicy): Promise<string | undefined> => {
		try {
			return (await fetchPackage(client, packageId, lookUp)).state;
		} catch (error) {
			if (error instanceof MasvInputError) return undefined;
			throw error;
		}
	};
	let isRepeat = false;
	try {
		await client.call<boolean | void>({
			operation: `finalize package ${packageId}`,
			method: 'POST',
			path: path`/v1/packages/${packageId}/finalize`,
			authorization: { kind: 'package', token },
			expectNoContent: true,
			policy,
			recoverResult: async () => {
				isRepeat = true;
				// Asked within the patience of this call, which must not be spent anew at each try.
				return (await readState(noRetry)) === 'finalized' ? true : undefined;
			},
		});
	} catch (error) {
		if (!isRejection(error)) throw error;
		const state = await readState(policy).catch((second: unknown) => void (error.cause ??= second));
		const isDone = typeof state === 'string' ? state === 'finalized' : isAlreadyDone(error);
		if (!isDone) throw error;
		if (isRepeat) return;
		throw new MasvInputError(`Package ${packageId} has already been finalized`, {
			code: 'package_already_finalized',
			field: 'package',
			hint: 'A finalized package does not accept more files and cannot be finalized again. Create a new package.',
			cause: error,
		});
	}
}

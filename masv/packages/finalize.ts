import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import { path } from '../path';
import type { RetryPolicy } from '../retry';
import { fifteenMinutesOfOutage, noRetry } from '../retry';
import { isAlreadyDone, isRejection } from '../answers';
import { fetchPackage, fetchPackageToken } from './find';

/**
 * Finalizes a package: MASV sends emails, activates links and fires webhooks. After a lost response the state of the
 * package is read before the call is repeated; `finalized` counts as success. docs/masv-api.md#finalizing-a-package
 * @throws MasvInputError if the package had been finalized before
 */
export async function finalizePackage(
	client: MasvClient,
	packageId: string,
	policy: RetryPolicy = fifteenMinutesOfOutage,
): Promise<void> {
	const token = await fetchPackageToken(client, packageId, policy);
	/** Undefined if this key has no access to the package: it may be in another team's portal. */
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
				// No retries: this call retries already, and each of its attempts would start a new retry budget.
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

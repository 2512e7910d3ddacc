import type { MasvClient } from '../client';
import type { RetryPolicy } from '../retry';

/** One package, and what requests for its files need. */
export interface PackageAccess {
	/** With the guard of the delivery, see {@link MasvClient.withGuard}. */
	client: MasvClient;
	packageId: string;
	token: string;
	/** For every request about the package and its files. */
	policy: RetryPolicy;
}

/** The same access with another cancel signal. */
export function withSignal(access: PackageAccess, signal: AbortSignal): PackageAccess {
	return signal === access.client.signal ? access : { ...access, client: access.client.withSignal(signal) };
}

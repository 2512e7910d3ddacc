import type { MasvClient } from '../client';
import type { RetryPolicy } from '../retry';

/** One package that files go into or come from, and how its requests are made. */
export interface PackageAccess {
	client: MasvClient;
	packageId: string;
	token: string;
	/** For every request about the package and its files. */
	policy: RetryPolicy;
}

/** The same access whose requests stop with another signal. */
export function withSignal(access: PackageAccess, signal: AbortSignal): PackageAccess {
	return signal === access.client.signal ? access : { ...access, client: access.client.withSignal(signal) };
}

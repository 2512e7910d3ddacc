import { isExpiredSignature } from '../answers';
import type { Blueprint } from '../schemas';
import { maxRenewals } from '../transfer/signedRequest';

/** The signed address of a file, which expires. Its ranges share it. */
export interface Address {
	/** Asks for the address, if nobody has. */
	ask(): Promise<void>;
	/**
	 * Calls `use` with the address, and again with a new one where the storage says that it has expired. The address is asked
	 * for on first use.
	 * @param onRenewal called before each repetition
	 */
	use<T>(use: (address: Blueprint) => Promise<T>, onRenewal: () => void): Promise<T>;
	/** Whether the error is one of asking for the address, which has its own retries. */
	isOwnFailure(error: unknown): boolean;
}

/** @param ask requests a new address, with retries */
export function createAddress(ask: () => Promise<Blueprint>): Address {
	let latest: Promise<Blueprint> | undefined;
	const failures = new Set<unknown>();
	const begin = (): Promise<Blueprint> => {
		const asking = ask().catch((error: unknown) => {
			failures.add(error);
			if (latest === asking) latest = undefined;
			throw error;
		});
		return asking;
	};
	return {
		ask: async () => {
			await (latest ??= begin());
		},
		use: async (use, onRenewal) => {
			for (let renewals = 0; ; renewals++) {
				const asked = (latest ??= begin());
				const address = await asked;
				try {
					return await use(address);
				} catch (error) {
					if (!isExpiredSignature(error) || renewals >= maxRenewals) throw error;
					// Another range may have renewed it meanwhile.
					if (latest === asked) latest = undefined;
					onRenewal();
				}
			}
		},
		isOwnFailure: (error) => failures.has(error),
	};
}

import type { RetryPolicy } from './retry';

/** The call that needs a new token. */
export interface Renewal {
	signal: AbortSignal | undefined;
	/** How long it waits for the end of an outage. */
	policy: RetryPolicy;
}

/** Gets a new token for the same package. @returns undefined if there is none */
export type Renew = (by: Renewal) => Promise<string | undefined>;

/**
 * The package tokens of one run. Never stored. They live for about a week, and an upload may take longer: a call that was
 * rejected gets the successor of its token, and so do all later calls that still have the old one.
 * docs/masv-api.md#package-tokens
 */
export class PackageTokens {
	readonly #latest = new Map<string, string>();
	/** By token. Without those that cannot be looked up again. */
	readonly #renewals = new Map<string, Renew>();
	readonly #successors = new Map<string, string>();
	/** By token: calls that are rejected at the same time share a look-up. */
	readonly #running = new Map<string, Promise<string | undefined>>();

	get(packageId: string): string | undefined {
		return this.#latest.get(packageId);
	}

	/** @param renew absent: only the creation of the package has returned a token */
	set(packageId: string, token: string, renew?: Renew): void {
		this.#latest.set(packageId, token);
		if (renew !== undefined) this.setRenewal(token, renew);
	}

	/** For a token that is not the one for the package: of a link, which can only download. */
	setRenewal(token: string, renew: Renew): void {
		this.#renewals.set(token, renew);
	}

	delete(packageId: string): void {
		this.#latest.delete(packageId);
	}

	/** The token to send instead of this one. */
	successorOf(token: string): string {
		let latest = token;
		for (let next = this.#successors.get(latest); next !== undefined; next = this.#successors.get(latest))
			latest = next;
		return latest;
	}

	/**
	 * Looks up the successor of a rejected token.
	 * @returns undefined if there is none; errors of the look-up are thrown
	 */
	async renew(rejected: string, by: Renewal): Promise<string | undefined> {
		const known = this.successorOf(rejected);
		if (known !== rejected) return known;
		const running = this.#running.get(rejected);
		// The other call may fail for a reason of its own: its cancel signal, for example.
		const shared = running === undefined ? undefined : await running.catch(() => undefined);
		return shared ?? (await this.#lookUp(rejected, by));
	}

	async #lookUp(rejected: string, by: Renewal): Promise<string | undefined> {
		const renew = this.#renewals.get(rejected);
		if (renew === undefined) return undefined;
		const running = renew(by);
		this.#running.set(rejected, running);
		try {
			const token = await running;
			if (token === undefined || token === rejected) return undefined;
			// An earlier token that is valid again must not lead back to this one.
			this.#successors.delete(token);
			this.#successors.set(rejected, token);
			return token;
		} finally {
			this.#running.delete(rejected);
		}
	}
}

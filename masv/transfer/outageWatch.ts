import { concernsAllFiles } from '../answers';
import type { Clock } from '../clock';
import { MasvError, MasvTransferError } from '../errors';
import type { RetryPolicy } from '../retry';
import type { Place } from './places';
import { labelOf } from './places';

/** Notices that an outage lasts longer than the policy permits, so that the other files do not each wait for its end. */
export interface OutageWatch {
	/** @throws MasvTransferError with the code of the failure, if there is an outage */
	check(file: Place): void;
	succeeded(): void;
	/** A file has failed, for whatever reason. */
	failed(error: unknown): void;
}

/**
 * A failure that says nothing about the file is an outage, unless another file was transferred in the second half of the time
 * that the policy permits: a server may fail because of one file. Without retries, nothing waits, and each file is tried.
 */
export function createOutageWatch(
	clock: Pick<Clock, 'now'>,
	policy: RetryPolicy,
	transferred: 'uploaded' | 'downloaded',
): OutageWatch {
	return new TimedWatch(clock, policy, transferred);
}

class TimedWatch implements OutageWatch {
	readonly #clock: Pick<Clock, 'now'>;
	readonly #policy: RetryPolicy;
	readonly #transferred: 'uploaded' | 'downloaded';
	#succeededAt = -Infinity;
	#outage: MasvError | undefined;

	constructor(clock: Pick<Clock, 'now'>, policy: RetryPolicy, transferred: 'uploaded' | 'downloaded') {
		this.#clock = clock;
		this.#policy = policy;
		this.#transferred = transferred;
	}

	check(place: Place): void {
		const outage = this.#outage;
		if (outage === undefined) return;
		const file = labelOf(place);
		const { code, hint } = outage;
		throw new MasvTransferError(
			`"${file}" was not ${this.#transferred} after the failure of another file. ${outage.message}`,
			{ file, code, hint, cause: outage },
		);
	}

	succeeded(): void {
		this.#succeededAt = this.#clock.now();
	}

	failed(error: unknown): void {
		const { patienceMs } = this.#policy;
		if (patienceMs === 0 || !(error instanceof MasvError) || !concernsAllFiles(error)) return;
		if (this.#clock.now() - this.#succeededAt > patienceMs / 2) this.#outage ??= error;
	}
}

import { concernsAllFiles } from '../answers';
import type { Clock } from '../clock';
import { MasvError, MasvTransferError } from '../errors';
import type { RetryPolicy } from '../retry';
import type { Place } from './places';
import { labelOf } from './places';

/** Notices that an outage lasts longer than the policy permits, so that not every file waits for its end in vain. */
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
	{ patienceMs }: RetryPolicy,
	transferred: 'uploaded' | 'downloaded',
): OutageWatch {
	let succeededAt = -Infinity;
	let outage: MasvError | undefined;
	return {
		check: (place) => {
			if (outage === undefined) return;
			const file = labelOf(place);
			throw new MasvTransferError(
				`"${file}" was not ${transferred} after the failure of another file. ${outage.message}`,
				{
					file,
					code: outage.code,
					hint: outage.hint,
					cause: outage,
				},
			);
		},
		succeeded: () => void (succeededAt = clock.now()),
		failed: (error) => {
			if (patienceMs === 0 || !(error instanceof MasvError) || !concernsAllFiles(error)) return;
			if (clock.now() - succeededAt > patienceMs / 2) outage ??= error;
		},
	};
}

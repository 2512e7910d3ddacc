import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import type { Guard } from '../transfer/guard';
import { createGuard } from '../transfer/guard';
import type { Journal } from '../transfer/journal';
import type { Leases } from '../transfer/lease';
import { openRecord } from '../transfer/openRecord';
import { waitForLease } from '../transfer/waitForLease';
import type { RecordedNotebook } from './notes';
import { createNotebook } from './notes';

/** The right to work on a download, and what earlier runs noted about it. */
export interface TakenDownload {
	guard: Guard;
	/** Undefined: nothing can be noted, so nothing can be resumed. */
	notebook: RecordedNotebook | undefined;
	/** Gives the right back. @param isComplete whether no later run has anything to continue */
	end(isComplete: boolean): Promise<void>;
}

export interface TakeDownloadOptions {
	journal?: Journal;
	leases?: Leases;
	/** What to do while another run works on the same download. */
	ifRunning?: 'fail' | 'wait';
}

/**
 * Waits for the right to work on a download: only one run may write into the partial files of a folder. A holder that gives no
 * sign of life is waited for, then taken over.
 * @param keys of its lease, and of its record. Both identify what is downloaded, and the folder. Undefined: nothing is resumed
 * @throws MasvInputError if another run is working on it and `ifRunning` is `fail`
 */
export async function takeDownload(
	client: MasvClient,
	keys: { lease: string; record: string } | undefined,
	{ journal, leases, ifRunning = 'fail' }: TakeDownloadOptions,
): Promise<TakenDownload> {
	const onWait = (): void =>
		client.onRetry?.('An earlier run of this download has not ended. Waiting for a sign of life from it.');
	const onHeld = (): void => {
		if (ifRunning === 'fail') throw runningError();
	};
	const lease =
		keys === undefined || leases === undefined
			? undefined
			: await waitForLease(client, leases, keys.lease, { onWait, onHeld });
	// Without a lease, two runs could write to the record of one download.
	const isAlone = lease !== undefined || leases === undefined;
	const record = keys === undefined || !isAlone ? undefined : await openRecord(journal, keys.record, lease);
	const notebook = await createNotebook(record, lease?.fence ?? 0, client.clock);
	return {
		guard: createGuard(lease, client.clock),
		notebook,
		end: async (isComplete) => {
			if (isComplete) await notebook?.tidy();
			await record?.close();
			await lease?.release();
		},
	};
}

function runningError(): MasvInputError {
	return new MasvInputError('Another execution is already downloading to the same folder', {
		code: 'download_running',
		field: 'ifDownloadRunning',
	});
}

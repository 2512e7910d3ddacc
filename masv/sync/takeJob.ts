import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import type { Lease, Leases } from '../transfer/lease';
import { waitForLease } from '../transfer/waitForLease';

/** How runs of a job that overlap behave. */
export interface JobRules {
	leases?: Leases;
	/** What to do while another run of the job is at work. */
	ifRunning: 'skip' | 'fail' | 'wait';
}

/**
 * Takes the lease of a job.
 * @returns undefined if there is no lease to be had; `running` if the job is to be left to the run that is at work
 * @throws MasvInputError `delivery_running`
 */
export async function takeJob(
	client: MasvClient,
	{ leases, ifRunning }: JobRules,
	id: string,
): Promise<Lease | 'running' | undefined> {
	if (leases === undefined) return undefined;
	let isRunning = false;
	const onHeld = (): boolean => {
		if (ifRunning === 'fail') {
			throw new MasvInputError('Another execution has not ended', {
				code: 'delivery_running',
				field: 'ifJobRunning',
			});
		}
		isRunning = ifRunning === 'skip';
		return !isRunning;
	};
	const lease = await waitForLease(client, leases, id, { onHeld });
	return isRunning ? 'running' : lease;
}

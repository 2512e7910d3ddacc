import type { InboxHistory } from './simulateInbox';
import { simulateInbox } from './simulateInbox';
import type { JobHistory } from './simulateJobs';
import { simulateJobs } from './simulateJobs';

/** One history of jobs, as the seed decides: of those that send if it is odd, of one that receives if it is even. */
export async function simulateSync(seed: number): Promise<JobHistory | InboxHistory> {
	return seed % 2 === 1 ? await simulateJobs(seed) : await simulateInbox(seed);
}

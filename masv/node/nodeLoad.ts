import { performance } from 'node:perf_hooks';

import type { Load } from '../load';

/** A thread that transfers content. */
type Busy = Pick<typeof performance, 'eventLoopUtilization'>;

const busyThreads = new Set<Busy>([performance]);

/** Counts another thread, as long as it runs. @returns a function that ends it */
export function countThread(thread: Busy): () => void {
	busyThreads.add(thread);
	return () => void busyThreads.delete(thread);
}

/**
 * The utilization of the event loop, in which n8n runs all executions of a process, or of that of a thread that transfers content, if
 * it is higher.
 */
export const nodeLoad: Load = {
	watch: () => {
		// Weak: a line is watched as long as the process runs, and threads come and go.
		const previous = new WeakMap([...busyThreads].map((thread) => [thread, thread.eventLoopUtilization()]));
		return () => {
			const shares = [...busyThreads].map((thread) => {
				const current = thread.eventLoopUtilization();
				const before = previous.get(thread);
				// Of a thread that has been started meanwhile, all its time counts.
				const { utilization } = before === undefined ? current : thread.eventLoopUtilization(current, before);
				previous.set(thread, current);
				return utilization;
			});
			return Math.max(...shares);
		};
	},
};

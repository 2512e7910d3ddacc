import { performance } from 'node:perf_hooks';

import type { Load } from '../load';

/** The utilization of the event loop. n8n runs all executions of a process in one. */
export const nodeLoad: Load = {
	watch: () => {
		let previous = performance.eventLoopUtilization();
		return () => {
			const current = performance.eventLoopUtilization();
			const { utilization } = performance.eventLoopUtilization(current, previous);
			previous = current;
			return utilization;
		};
	},
};

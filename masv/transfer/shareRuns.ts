/**
 * Lets callers share the runs of a task: each gets the result of a run that began after its call, so that the result shows what
 * it did before. At most one run is at work, and one is about to begin.
 */
export function shareRuns<T>(task: () => Promise<T>): () => Promise<T> {
	let latest: Promise<unknown> = Promise.resolve();
	let next: Promise<T> | undefined;
	return async () => {
		if (next === undefined) {
			next = latest.then(async () => {
				next = undefined;
				return await task();
			});
			latest = next.catch(() => undefined);
		}
		return await next;
	};
}

/** Something that an abort ends. */
export interface Stoppable {
	fail(reason: unknown): void;
}

interface Active {
	stoppables: Set<Stoppable>;
	stop: () => void;
}

const activeBySignal = new WeakMap<AbortSignal, Active>();

/**
 * Ends it on abort. One listener per signal, because thousands of requests may share a signal.
 * @returns a function that must be called when it has ended
 */
export function stopOnAbort(signal: AbortSignal | undefined, stoppable: Stoppable): () => void {
	if (signal === undefined) return () => undefined;
	const active = activeBySignal.get(signal) ?? listen(signal);
	active.stoppables.add(stoppable);
	return () => {
		if (!active.stoppables.delete(stoppable) || active.stoppables.size > 0) return;
		// Node keeps a signal created by AbortSignal.any() in memory while it has listeners.
		signal.removeEventListener('abort', active.stop);
		activeBySignal.delete(signal);
	};
}

function listen(signal: AbortSignal): Active {
	const stoppables = new Set<Stoppable>();
	const stop = (): void => {
		for (const each of stoppables) each.fail(signal.reason);
	};
	const active = { stoppables, stop };
	activeBySignal.set(signal, active);
	signal.addEventListener('abort', stop);
	return active;
}

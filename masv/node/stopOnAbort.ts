/** Something that an abort ends. */
export interface Stoppable {
	fail(reason: unknown): void;
}

/** A stoppable, and where it is in the list. Undefined: it has ended. */
interface Entry {
	stoppable: Stoppable;
	index: number | undefined;
}

/**
 * What a signal ends, in no order. Not a Set: V8 gives a Set that changes all the time one new table after another, and an old
 * table refers to its content and to the next table. What has ended would stay in memory until the next full garbage collection.
 */
interface Active {
	entries: Entry[];
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
	const entry: Entry = { stoppable, index: active.entries.length };
	active.entries.push(entry);
	return () => {
		if (!remove(active.entries, entry) || active.entries.length > 0) return;
		// Node keeps a signal created by AbortSignal.any() in memory while it has listeners.
		signal.removeEventListener('abort', active.stop);
		activeBySignal.delete(signal);
	};
}

/** @returns false if it has been removed before */
function remove(entries: Entry[], entry: Entry): boolean {
	const { index } = entry;
	if (index === undefined) return false;
	entry.index = undefined;
	const last = entries.pop() as Entry;
	if (last === entry) return true;
	entries[index] = last;
	last.index = index;
	return true;
}

function listen(signal: AbortSignal): Active {
	const entries: Entry[] = [];
	const stop = (): void => {
		// What ends removes itself.
		for (const { stoppable, index } of [...entries]) if (index !== undefined) stoppable.fail(signal.reason);
	};
	const active = { entries, stop };
	activeBySignal.set(signal, active);
	signal.addEventListener('abort', stop);
	return active;
}

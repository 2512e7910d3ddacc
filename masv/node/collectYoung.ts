import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Collects garbage. Never fails. */
export type Collect = () => void;

/** V8 collects all garbage after 64 MiB, of which some are always in use. */
const defaultEveryBytes = 16 * 1024 * 1024;

/**
 * For memory that is handed out and soon forgotten. V8 counts it against a limit, beyond which it collects all garbage. In a heap as
 * large as n8n's, that takes more time than everything else that is done with the content of a file. To collect only what is new takes
 * about a millisecond.
 * @returns a function to be told of each piece of such memory
 */
export function createYoungCollection(
	collect: Collect = findCollect(),
	everyBytes = defaultEveryBytes,
): (bytes: number) => void {
	let sinceBytes = 0;
	return (bytes) => {
		sinceBytes += bytes;
		if (sinceBytes < everyBytes) return;
		sinceBytes = 0;
		collect();
	};
}

type Gc = (options: { type: 'minor' }) => void;

function findCollect(): Collect {
	const gc = (globalThis as { gc?: Gc }).gc ?? findGc();
	// Without it, it is as slow as before.
	return gc === undefined ? () => undefined : () => gc({ type: 'minor' });
}

/**
 * Node has this function only where a context is created while the flag is set. Where it was set from the beginning, this must not be
 * called: it would be missing in all threads and contexts that come after.
 */
function findGc(): Gc | undefined {
	try {
		setFlagsFromString('--expose-gc');
		return runInNewContext('gc') as Gc;
	} catch {
		return undefined;
	} finally {
		setFlagsFromString('--no-expose-gc');
	}
}

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

/** Node has this function only where a context is created while the flag is set. */
function findCollect(): Collect {
	try {
		setFlagsFromString('--expose-gc');
		const collect = runInNewContext('gc') as (options: { type: 'minor' }) => void;
		return () => collect({ type: 'minor' });
	} catch {
		// Then it is as slow as without.
		return () => undefined;
	} finally {
		setFlagsFromString('--no-expose-gc');
	}
}

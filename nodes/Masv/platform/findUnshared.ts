import type { ProcessKind, ProcessMarks } from '../../../masv/node/processMarks';

/** When n8n starts, its processes leave their marks one after another. */
const startSeconds = 60;

/** What this process of n8n is for. Undefined: it is the only one, or a command that ends. */
export function readProcessKind(
	{ EXECUTIONS_MODE: mode }: NodeJS.ProcessEnv,
	[, , command]: string[],
): ProcessKind | undefined {
	if (command === 'worker' || command === 'webhook') return command;
	const isMain = command === undefined || command === 'start';
	return isMain && mode?.trim() === 'queue' ? 'main' : undefined;
}

/**
 * Looks whether other processes use the folder, until it is known.
 * @param uptime of this process, in seconds
 * @returns a function that returns the folder, once, if no other process uses it
 */
export function createFindUnshared(
	folder: string,
	marks: ProcessMarks | undefined,
	uptime: () => number,
): () => Promise<string | undefined> {
	let isKnown = marks === undefined;
	return async () => {
		if (isKnown || uptime() < startSeconds) return undefined;
		isKnown = true;
		// A folder that cannot be used is reported by what is to be recorded there.
		const isShared = await marks?.hasOthers().catch(() => true);
		return isShared === false ? folder : undefined;
	};
}

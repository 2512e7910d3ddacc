/** How many files and folders to look at in parallel. On a network drive, each takes several round trips. */
const defaultWorkers = 16;

/** Part of a walk: gives its next piece of work, or undefined at its end. */
export type Branch = () => (() => Promise<Branch | undefined>) | undefined;

/**
 * Works through a tree that grows while it is walked, depth first, several pieces of work in parallel. Only unfinished
 * branches are kept in memory, not their pieces. After the first failure, no further piece is started.
 * @returns once nothing is left to do
 */
export async function walk(first: Branch, workers = defaultWorkers): Promise<void> {
	const branches = [first];
	let running = 0;
	let failed = false;
	let idle: Array<() => void> = [];
	const wakeAll = (): void => {
		const waiting = idle;
		idle = [];
		for (const wake of waiting) wake();
	};
	const takeNext = (): ReturnType<Branch> => {
		for (let branch = branches.at(-1); branch !== undefined && !failed; branch = branches.at(-1)) {
			const next = branch();
			if (next !== undefined) return next;
			branches.pop();
		}
		return undefined;
	};
	const workOff = async (): Promise<void> => {
		for (;;) {
			const next = takeNext();
			if (next !== undefined) {
				running++;
				try {
					const branch = await next();
					if (branch !== undefined) branches.push(branch);
				} catch (error) {
					failed = true;
					throw error;
				} finally {
					running--;
					wakeAll();
				}
			} else if (running === 0 || failed) return;
			// A worker that is busy may find another branch.
			else await new Promise<void>((resolve) => idle.push(resolve));
		}
	};
	await Promise.all(Array.from({ length: workers }, workOff));
}

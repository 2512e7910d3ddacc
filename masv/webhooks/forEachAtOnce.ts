import pLimit from 'p-limit';

/** A team may have hundreds of portals, and n8n gives up on an activation after 84 seconds. */
const parallelPortals = 6;

/** Begins nothing more after a failure, and waits for what is under way. @throws the first failure */
export async function forEachAtOnce<T>(items: T[], task: (item: T) => Promise<void>): Promise<void> {
	const limit = pLimit(parallelPortals);
	let failure: { error: unknown } | undefined;
	const run = async (item: T): Promise<void> => {
		if (failure !== undefined) return;
		await task(item).catch((error: unknown) => (failure ??= { error }));
	};
	await Promise.all(items.map(async (item) => await limit(run, item)));
	if (failure !== undefined) throw failure.error;
}

import type { Clock } from '../clock';
import { inTurns } from '../inTurns';
import { LongMap } from '../longCollections';
import type { ReceivePlan } from './planReceive';

/**
 * The folders in which something is after a plan was carried out, from the package's own on. Also in which something was: its run may
 * have been killed. In turns with other work of the process.
 */
export async function usedFolders(
	{ jobs, directories, skipped }: Pick<ReceivePlan, 'jobs' | 'directories' | 'skipped'>,
	clock: Pick<Clock, 'sleep'>,
): Promise<Array<readonly string[]>> {
	const all = new LongMap<string, readonly string[]>([['', []]]);
	let latest: readonly string[] | undefined;
	const add = (folders: readonly string[]): void => {
		// Files of one folder come one after another, and share its names.
		if (folders === latest) return;
		latest = folders;
		for (let path = folders; path.length > 0 && !all.has(path.join('/')); path = path.slice(0, -1)) {
			all.set(path.join('/'), path);
		}
	};
	await inTurns(directories, clock, add);
	await inTurns(jobs, clock, ({ folders }) => add(folders));
	await inTurns(skipped, clock, ({ reason, place }) => {
		if (reason === 'same' && place !== undefined) add(place.folders);
	});
	return [...all.values()];
}

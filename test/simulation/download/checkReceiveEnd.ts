import type { SimLink } from './shared';
import type { ReceiveRun } from './receive';
import type { ReceiveWorld } from './receiveWorld';

/** What must hold after the last run. */
export function checkReceiveEnd(world: ReceiveWorld): void {
	const { judge, masv } = world;
	judge.checkDisk(masv.packages);
	for (const { name, opened, result } of judge.runs.values()) {
		if (result?.kind !== 'died' && opened.size > 0)
			judge.fail('every run ends', `${name} leaves ${opened.size} file(s) open`);
	}
	for (const link of masv.links) if (link.isActive && link.by.run !== undefined) checkLink(world, link);
}

/**
 * A link may stay active whose ID no run has learned, or none could note: nobody knows its secret. A run that cannot disable one
 * says so, and the next run disables it, wherever it receives the package to.
 */
function checkLink({ judge, journal, timeline, habits }: ReceiveWorld, { id, by, isKnown }: SimLink): void {
	const creator = judge.runs.get(by.run ?? '');
	if (creator === undefined || !isKnown) return;
	const runs = [...judge.runs.values()];
	const { result, hadTrouble } = creator;
	const isNamed = creator.warnings.some((text) => text.includes(id));
	if (isSuccess(result) && !isNamed) {
		judge.fail('no link left', `${creator.name} has ended, but its link ${id} is active`);
	}
	if (hadTrouble || !journal.knewId(id, timeline.nowMs) || !habits.hasLinkRemoval) return;
	const later = runs.find((run) => run.isCalm && canDisable(run, creator));
	if (later !== undefined)
		judge.fail('no link left', `${later.name} has left the link ${id} of ${creator.name} active`);
}

/** Whether a run began after another one's end, and could do what that one could. */
function canDisable({ receive, result, startedAt }: ReceiveRun, before: ReceiveRun): boolean {
	const isOver = before.endedAt !== undefined && before.endedAt < startedAt;
	const isOfTeam = receive.link === undefined && receive.package === before.receive.package;
	return isOver && isOfTeam && isSuccess(result);
}

function isSuccess(result: ReceiveRun['result']): boolean {
	return result?.kind === 'received' || result?.kind === 'streamed';
}

import { MasvError } from '../../../masv/errors';
import type { SendNewResult } from '../../../masv/sync/sendNewRequest';
import { placeOf } from '../server/model';
import type { JobRun } from './job';
import type { JobWorld } from './jobWorld';

/** Compares what a run reports with what is there, at the moment of its report. */
export function checkJobReport(world: JobWorld, run: JobRun): void {
	const { judge, leases } = world;
	const { result: outcome, name } = run;
	if (outcome === undefined || outcome.kind === 'died') return;
	const error = outcome.kind === 'failed' ? outcome.error : outcome.result.failure;
	if (error !== undefined && !(error instanceof MasvError && typeof error.code === 'string'))
		judge.fail('named errors', `${name} fails with ${error instanceof Error ? error.stack : 'something else'}`);
	const held = [...leases].filter(([, { holder, isReleased }]) => holder === name && !isReleased);
	if (held.length > 0 && !run.hadTrouble) judge.fail('every run ends', `${name} ends but keeps a lease`);
	if (outcome.kind !== 'done') return;
	checkSent(world, run, outcome.result);
	const { ledger } = outcome.result;
	if (ledger === undefined) return;
	// Told once: then, the lines are counted from where they should have been.
	const isLost = run.knownLines > 0 && run.foundLines === 0;
	if (isLost && ledger.state !== 'lost' && ledger.state !== 'unavailable')
		judge.fail('honest reports', `${name} does not say that the ledger is gone: ${ledger.state}`);
}

function checkSent({ judge, server }: JobWorld, run: JobRun, { sent }: SendNewResult): void {
	const { name, execution, job } = run;
	for (const { package: told, files } of sent) {
		const found = server.packages.find(({ id }) => id === told.id);
		if (found?.finalizedAt === undefined || found.by.delivery !== job.name) {
			judge.fail('honest reports', `${name} reports ${told.id}, which it has not finalized`);
			continue;
		}
		const there = found.entries.filter(({ removedAt }) => removedAt === undefined).map((entry) => placeOf(entry));
		const reported = files.map((file) => placeOf(file));
		if (there.sort().join(', ') !== reported.sort().join(', '))
			judge.fail(
				'honest reports',
				`${name} reports ${reported.join(', ')} in ${told.id} instead of ${there.join(', ')}`,
			);
		const others = [...judge.runs.values()].filter(
			({ result, ...other }) =>
				result?.kind === 'done' &&
				other.execution !== execution &&
				!other.hadTrouble &&
				result.result.sent.some((each) => each.package.id === told.id),
		);
		// Whoever was frozen between the end of a delivery and its report cannot know that another one has reported it.
		const wasFrozen = [run, ...others].some(({ worker }) => worker.frozenAt.length > 0);
		if (others[0] !== undefined && !run.hadTrouble && !wasFrozen && !judge.wasDisturbed(job.name, others[0].startedAt))
			judge.fail('honest reports', `${name} reports ${told.id}, which ${others[0].name} has reported`);
	}
}

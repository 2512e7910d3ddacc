import { MasvClient } from '../../../masv/client';
import { nodeHashing } from '../../../masv/node/nodeHashing';
import { outageOf } from '../../../masv/retry';
import type { LedgerLine } from '../../../masv/sync/ledgerLines';
import { sendNew } from '../../../masv/sync/sendNew';
import { createBookkeeping } from '../../../masv/transfer/bookkeeping';
import type { Journal } from '../../../masv/transfer/journal';
import { secretIn } from '../download/secretIn';
import { simTransport } from '../network';
import { apiKey, teamId } from '../server/packageRoutes';
import { handle } from '../server/server';
import { simClock } from '../simClock';
import { simJournal } from '../simJournal';
import { simLeases } from '../simLeases';
import type { Fate } from '../worker';
import { Worker } from '../worker';
import { checkJobReport } from './checkJobReport';
import type { Job, JobOutcome, JobRun } from './job';
import { calmJob, chooseJobWeather } from './jobScenario';
import type { JobWorld } from './jobWorld';

export interface JobCircumstances {
	execution: string;
	isCalm: boolean;
	fates: Fate[];
}

/** Starts a run of a job on a worker of its own. `onOver` is called when it has ended, or its worker has died. */
export function startJobRun(
	world: JobWorld,
	job: Job,
	{ execution, isCalm, fates }: JobCircumstances,
	onOver: (run: JobRun) => void,
): JobRun {
	const { timeline, judge, habits } = world;
	const name = `run ${judge.runs.size + 1}`;
	const dice = world.dice.fork(name);
	const worker = new Worker(name, 'host', timeline, dice, fates);
	const weather = isCalm ? calmJob : chooseJobWeather(dice, timeline.nowMs, habits.etags === 'MD5');
	const run: JobRun = {
		...{ name, job, execution, worker, weather, startedAt: timeline.nowMs, endedAt: undefined },
		...{
			hadTrouble: false,
			knownLines: 0,
			foundLines: 0,
			listedAtMs: 0,
			skewMs: isCalm ? 0 : dice.pick([0, 0, 0, -7_200_000, 86_400_000]),
		},
		result: undefined,
	};
	judge.runs.set(name, run);
	worker.note(`starts: ${describe(job)}, ${execution}; ${isCalm ? 'calm' : describeWeather(run)}`);
	const end = (result: JobOutcome): void => {
		if (worker.isDead && result.kind !== 'died') return;
		run.endedAt = timeline.nowMs;
		run.result = result;
		if (result.kind !== 'died') worker.note(`ends: ${describeOutcome(result)}`);
		checkJobReport(world, run);
		onOver(run);
	};
	worker.onDeath(() => end({ kind: 'died' }));
	carryOut(world, run).then(end, (error: unknown) => end({ kind: 'failed', error }));
	return run;
}

async function carryOut(world: JobWorld, run: JobRun): Promise<JobOutcome> {
	const { worker, weather, job } = run;
	const { judge, server, folder } = world;
	const onFault = (): void => void (run.hadTrouble = true);
	const clock = simClock(worker, run.skewMs);
	const client = new MasvClient({
		...{ baseUrl: 'https://api.test', apiKey, teamId, clock, signal: worker.stop.signal },
		transport: simTransport(
			worker,
			(request) => handle(server, request),
			{ name: run.name, delivery: job.name, run: run.name },
			weather,
			() => undefined,
		),
		hashing: { ...nodeHashing, randomHex: (bytes) => randomHex(world, bytes) },
	});
	const onWarning = (text: string): void => worker.note(`warns: ${text}`);
	const onBookkeepingError = (reason: string): void => onWarning(`bookkeeping: ${reason}`);
	const leases = simLeases(worker, clock, world.leases, { share: weather.leases, onFault });
	const [journal, ledgers] = (['journal', 'ledger'] as const).map((what) =>
		simJournal(worker, what === 'journal' ? world.journal : world.ledgers, {
			what,
			share: weather[what],
			code: worker.dice.pick(['ENOSPC', 'EROFS', 'EIO', 'ENOTDIR']),
			onFault,
			onRead: () => undefined,
			onWrite: (text) => {
				if (text === undefined) return;
				if (secretIn(text)) judge.fail('no secrets', `${run.name} notes a secret: ${text}`);
				if (what === 'ledger') judge.wrote(run, JSON.parse(text) as LedgerLine);
			},
		}),
	) as [Journal, Journal];
	const kept = createBookkeeping(
		{ journal: watchOpen(run, ledgers), leases },
		clock,
		onBookkeepingError,
		client.signal,
	);
	const { after } = job;
	// n8n reads it when the execution begins.
	const memory = new Map(job.memory);
	const result = await sendNew(client, {
		...createBookkeeping({ journal, leases }, clock, onBookkeepingError, client.signal),
		...job,
		target: { kind: 'team', request: { name: `Nightly ${run.name}`, description: '', recipients: [job.recipient] } },
		owner: { scope: `workflow/${job.name}`, workflow: 'workflow' },
		run: run.execution,
		ledgers: kept.journal,
		knownLines: (id) => (run.knownLines = memory.get(id) ?? 0),
		link: job.wantsLink ? {} : undefined,
		policy: outageOf(60_000),
		parallelParts: 3,
		list: async () => {
			// Before: its clock may be set while it looks at the files.
			run.listedAtMs = clock.now();
			return await folder.list(worker);
		},
		toSource: (file) => folder.toSource(worker, file),
		isThere: async (file) => await folder.isThere(worker, file),
		isUnmounted: async () => await Promise.resolve(false),
		top: '',
		after:
			after === 'keep'
				? undefined
				: {
						kind: after,
						clear: async (file) =>
							await folder.clear(worker, file, (inode) => judge.cleared(run, file.location, inode)),
					},
		onWarning,
	});
	// A run that dies right here reports nothing, and n8n remembers nothing.
	await worker.act('report', 1, () => {
		if (job.isRemembered && result.ledger !== undefined) job.memory.set(result.ledger.id, result.ledger.lines);
	});
	return { kind: 'done', result };
}

/** Notes how many lines the ledger had. */
function watchOpen(run: JobRun, journal: Journal): Journal {
	return {
		...journal,
		open: async (key) => {
			const record = await journal.open(key);
			run.foundLines = record.lines.length;
			return record;
		},
	};
}

function randomHex({ dice }: JobWorld, bytes: number): string {
	return Array.from({ length: bytes }, () => dice.int(0, 255).toString(16).padStart(2, '0')).join('');
}

function describe({
	name,
	per,
	sendMoved,
	touchedFiles,
	firstRun,
	waitMs,
	ifRunning,
	unfinished,
	after,
	isRemembered,
}: Job): string {
	const parts = [`per ${per}`, firstRun, `wait ${waitMs / 1000} s`, ifRunning, after, `unfinished: ${unfinished}`];
	return [
		name,
		...parts,
		sendMoved && 'send moved',
		touchedFiles === 'send' && 'send touched',
		isRemembered && 'remembered',
	]
		.filter(Boolean)
		.join(', ');
}

function describeWeather({ weather: { share, outage, journal, leases, ledger, damage }, skewMs }: JobRun): string {
	const parts = [`faults ${share}`, damage > 0 && `damage ${damage}`, journal > 0 && `journal ${journal}`];
	const rest = [leases > 0 && `leases ${leases}`, ledger > 0 && `ledger ${ledger}`, outage && 'an outage'];
	return [...parts, ...rest, skewMs !== 0 && `clock ${skewMs / 1000} s`].filter(Boolean).join(', ');
}

function describeOutcome(outcome: Exclude<JobOutcome, { kind: 'died' }>): string {
	const textOf = (error: unknown): string =>
		`${(error as { code?: string } | undefined)?.code ?? ''} ${error instanceof Error ? error.message : String(error)}`;
	if (outcome.kind === 'failed') return `fails: ${textOf(outcome.error)}`;
	const { sent, waiting, marked, moved, unchanged, ledger, failure } = outcome.result;
	const parts = [
		`sent ${sent.map((each) => `${each.package.id}${each.recovered ? ' (recovered)' : ''}`).join(', ') || 'nothing'}`,
		`waiting ${waiting.length}, marked ${marked}, moved ${moved}, unchanged ${unchanged}, ledger ${ledger?.state ?? 'of another run'}`,
	];
	return [...parts, failure !== undefined && `then fails: ${textOf(failure)}`].filter(Boolean).join('; ');
}

import { MasvClient } from '../../../masv/client';
import { nameRules } from '../../../masv/download/nameRules';
import { receivePackage } from '../../../masv/download/receivePackage';
import { diskTarget } from '../../../masv/node/diskTarget';
import { nodeHashing } from '../../../masv/node/nodeHashing';
import { outageOf } from '../../../masv/retry';
import type { LedgerLine } from '../../../masv/sync/ledgerLines';
import { receiveNew } from '../../../masv/sync/receiveNew';
import { createBookkeeping } from '../../../masv/transfer/bookkeeping';
import type { Journal } from '../../../masv/transfer/journal';
import type { Transport } from '../../../masv/transport';
import { contentTransport } from '../download/contentNetwork';
import { calmReceive, chooseReceiveWeather } from '../download/receiveWeather';
import { secretIn } from '../download/secretIn';
import { simWriteCalls } from '../download/simWriteCalls';
import { getObject } from '../download/storage';
import { simTransport } from '../network';
import { apiKey, teamId } from '../server/packageRoutes';
import { storageHost } from '../server/storage';
import { epochMs, simClock } from '../simClock';
import { simJournal } from '../simJournal';
import { simLeases } from '../simLeases';
import { chooseFault } from '../weather';
import type { Fate } from '../worker';
import { Worker } from '../worker';
import type { InboxJob, InboxOutcome, InboxRun } from './inboxJob';
import { inboxFolder } from './inboxJudge';
import type { InboxWorld } from './inboxWorld';

export interface InboxCircumstances {
	execution: string;
	isCalm: boolean;
	fates: Fate[];
}

/** Starts a run of a job on a worker of its own. `onOver` is called when it has ended, or its worker has died. */
export function startInboxRun(
	world: InboxWorld,
	job: InboxJob,
	{ execution, isCalm, fates }: InboxCircumstances,
	onOver: (run: InboxRun) => void,
): InboxRun {
	const { timeline, judge, inbox } = world;
	const name = `run ${judge.runs.size + 1}`;
	const dice = world.dice.fork(name);
	const worker = new Worker(name, 'host', timeline, dice, fates);
	const own = dice.fork('ledger');
	const chosen = chooseReceiveWeather(dice, timeline.nowMs, inbox.habits, false);
	const ledger = own.chance(0.12) ? own.pick([0.02, 0.1, 1]) : 0;
	const disk = world.isFolderTroubled ? {} : { disk: 0, stalls: 0, freeBytes: undefined };
	const stormy = { ...chosen, content: own.pick([0, 0, 0.1]), ...disk, ledger };
	const run: InboxRun = {
		...{ name, job, execution, worker, weather: isCalm ? { ...calmReceive, ledger: 0 } : stormy },
		...{ startedAt: timeline.nowMs, endedAt: undefined, hadTrouble: false, requested: 0, result: undefined },
		lostPowerAt: undefined,
		skewMs: isCalm ? 0 : dice.pick([0, 0, 0, -7_200_000, 86_400_000]),
	};
	judge.runs.set(name, run);
	worker.note(`starts: ${describe(job)}, ${execution}; ${isCalm ? 'calm' : describeWeather(run)}`);
	const end = (result: InboxOutcome): void => {
		if (worker.isDead && result.kind !== 'died') return;
		run.endedAt = timeline.nowMs;
		run.result = result;
		if (result.kind !== 'died') worker.note(`ends: ${describeOutcome(result)}`);
		judge.checkReport(run, world.leases);
		onOver(run);
	};
	worker.onDeath((cause) => {
		if (cause === 'loses power') run.lostPowerAt = timeline.nowMs;
		end({ kind: 'died' });
	});
	carryOut(world, run).then(end, (error: unknown) => end({ kind: 'failed', error }));
	return run;
}

async function carryOut(world: InboxWorld, run: InboxRun): Promise<InboxOutcome> {
	const { worker, weather, job } = run;
	const onFault = (): void => void (run.hadTrouble = true);
	const clock = simClock(worker, run.skewMs);
	const client = new MasvClient({
		...{ baseUrl: 'https://api.test', apiKey, teamId, clock, signal: worker.stop.signal },
		transport: transportOf(world, run),
		hashing: { ...nodeHashing, randomHex: (bytes) => randomHex(world, bytes) },
	});
	const onWarning = (text: string): void => worker.note(`warns: ${text}`);
	const onBookkeepingError = (reason: string): void => onWarning(`bookkeeping: ${reason}`);
	const leases = simLeases(worker, clock, world.leases, { share: weather.leases, onFault });
	const journalOf = (what: 'journal' | 'ledger'): Journal =>
		simJournal(worker, what === 'journal' ? world.journal : world.ledgers, {
			what,
			share: weather[what],
			code: worker.dice.pick(['ENOSPC', 'EROFS', 'EIO', 'ENOTDIR']),
			onFault,
			onRead: () => undefined,
			onWrite: (text) => {
				if (text === undefined) return;
				if (secretIn(text)) world.judge.fail('no secrets', `${run.name} notes a secret: ${text}`);
				if (what === 'ledger') world.judge.wrote(JSON.parse(text) as LedgerLine);
			},
		});
	const [journal, ledgers] = [journalOf('journal'), journalOf('ledger')];
	const bookkeeping = createBookkeeping({ journal, leases }, clock, onBookkeepingError, client.signal);
	const memory = new Map(job.memory);
	const { disk: share, diskCode: code, stalls, freeBytes } = weather;
	const faults = { share, code, stalls, freeBytes, onFault };
	const { calls } = simWriteCalls(worker, world.disk, faults);
	const target = await diskTarget(inboxFolder, {
		checkAllowed: () => undefined,
		calls,
		timer: (late, ms) => worker.after(ms, late),
	});
	try {
		const result = await receiveNew(client, {
			owner: { scope: 'workflow/node', workflow: 'workflow' },
			run: run.execution,
			ledgers: createBookkeeping({ journal: ledgers, leases }, clock, onBookkeepingError, client.signal).journal,
			leases: bookkeeping.leases,
			knownLines: (id) => memory.get(id) ?? 0,
			ifRunning: job.ifRunning,
			origin: job.origin,
			from: job.from === -Infinity ? 0 : Math.round(epochMs + job.from),
			policy: outageOf(60_000),
			onWarning,
			receive: async (source) =>
				await receivePackage(client, {
					...bookkeeping,
					...{ source, target, rules: nameRules.linux, ifExists: 'skip', ifRunning: 'wait' },
					...{ archives: false, infected: false, isWanted: () => true, verifyContent: 'never' },
					...{ parallelRanges: 2, rangeBytes: 4_096, minRangeBytes: 1, bufferBytes: 1_500 },
					...{ policy: outageOf(60_000), onWarning },
				}),
		});
		// A run that dies right here reports nothing, and n8n remembers nothing.
		await worker.act('report', 1, () => {
			if (job.isRemembered && result.ledger !== undefined) job.memory.set(result.ledger.id, result.ledger.lines);
		});
		return { kind: 'done', result };
	} finally {
		target.close();
	}
}

/** Requests to MASV, and to its storage. */
function transportOf({ inbox, judge, timeline }: InboxWorld, run: InboxRun): Transport {
	const { worker, weather } = run;
	const actor = { name: run.name, delivery: 'job', run: run.name };
	const toMasv = simTransport(
		worker,
		(request) => inbox.handle(request),
		actor,
		weather,
		() => undefined,
	);
	const find = (url: string) => {
		const isIt = ({ id }: { id: string }): boolean => new URL(url).pathname.endsWith(`/${id}`);
		const of = inbox.packages.find(({ files }) => files.some(isIt));
		return { of, file: of?.files.find(isIt) };
	};
	const toStorage = contentTransport(worker, {
		chooseFault: () => {
			const calm = { ...weather, share: 0, pages: 0 };
			if (chooseFault(calm, worker.dice, 'get object', '', timeline.nowMs) === 'refused') return 'refused';
			return worker.dice.chance(weather.content) ? worker.dice.pick(weather.contentFaults) : 'none';
		},
		asked: (request) => {
			const { of } = find(request.url);
			if (of !== undefined) judge.requested(run, of.id);
		},
		answer: (request, fault) => getObject(find(request.url).file, request, inbox.habits, timeline.nowMs, fault),
		delivered: () => undefined,
	});
	return async (request) => await (request.url.startsWith(storageHost) ? toStorage(request) : toMasv(request));
}

function randomHex({ dice }: InboxWorld, bytes: number): string {
	return Array.from({ length: bytes }, () => dice.int(0, 255).toString(16).padStart(2, '0')).join('');
}

function describe({ origin, from, ifRunning, isRemembered }: InboxJob): string {
	const what = origin.kind === 'sent' ? 'sent' : (origin.portalIds?.join(' and ') ?? 'all portals');
	return [what, from > -Infinity && `from ${from / 1000}`, ifRunning, isRemembered && 'remembered']
		.filter(Boolean)
		.join(', ');
}

function describeWeather({
	weather: { share, outage, journal, leases, ledger, content, disk, stalls },
	skewMs,
}: InboxRun): string {
	const parts = [`faults ${share}`, content > 0 && `content ${content}`, journal > 0 && `journal ${journal}`];
	const rest = [
		disk > 0 && `disk ${disk}`,
		stalls > 0 && `stalls ${stalls}`,
		leases > 0 && `leases ${leases}`,
		ledger > 0 && `ledger ${ledger}`,
		outage && 'an outage',
	];
	return [...parts, ...rest, skewMs !== 0 && `clock ${skewMs / 1000} s`].filter(Boolean).join(', ');
}

function describeOutcome(outcome: Exclude<InboxOutcome, { kind: 'died' }>): string {
	const textOf = (error: unknown): string =>
		`${(error as { code?: string } | undefined)?.code ?? ''} ${error instanceof Error ? error.message : String(error)}`;
	if (outcome.kind === 'failed') return `fails: ${textOf(outcome.error)}`;
	const { received, failed, waiting, ledger, failure } = outcome.result;
	const ids = (of: Array<{ id: string }>): string => of.map(({ id }) => id).join(', ') || 'nothing';
	const parts = [
		`received ${ids(received.map((each) => each.package))}`,
		...failed.map(({ id, error }) => `${id} ${textOf(error)}`),
		`waiting ${ids(waiting)}, ledger ${ledger?.state ?? 'of another run'}`,
	];
	return [...parts, failure !== undefined && `then fails: ${textOf(failure)}`].filter(Boolean).join('; ');
}

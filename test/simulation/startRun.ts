import { MasvClient } from '../../masv/client';
import { MasvError } from '../../masv/errors';
import { nodeHashing } from '../../masv/node/nodeHashing';
import { carryOut } from './carryOut';
import { checkReport } from './checkReport';
import type { Delivery, Run, RunResult } from './delivery';
import { currentOf } from './disk';
import { secretIn } from './download/secretIn';
import { simTransport } from './network';
import { placeOf } from './server/model';
import { apiKey, teamId } from './server/packageRoutes';
import { handle } from './server/server';
import { simClock } from './simClock';
import { simJournal } from './simJournal';
import { simLeases } from './simLeases';
import type { Weather } from './weather';
import { calm, chooseWeather } from './weather';
import type { Fate } from './worker';
import { Worker } from './worker';
import type { World } from './world';

export interface Circumstances {
	execution: string;
	isCalm: boolean;
	fates: readonly Fate[];
	onFreeze: (run: Run, ms: number) => void;
}

/** Starts a try of the delivery on a worker of its own. `onOver` is called when it has ended, or its worker has died. */
export function startRun(
	world: World,
	delivery: Delivery,
	{ execution, isCalm, fates, onFreeze }: Circumstances,
	onOver: (run: Run) => void,
): Run {
	const { timeline, judge, habits } = world;
	const name = `run ${judge.runs.size + 1}`;
	const dice = world.dice.fork(name);
	const worker = new Worker(name, dice.pick(['host 1', 'host 1', 'host 2']), timeline, dice, fates);
	const run: Run = {
		name,
		execution,
		delivery,
		worker,
		weather: isCalm ? calm : chooseWeather(dice, timeline.nowMs, habits.etags === 'MD5'),
		isCalm,
		md5List: delivery.md5Lists && dice.fork('md5 list').pick(delivery.md5Lists),
		startedAt: timeline.nowMs,
		readJournalAt: undefined,
		lastReadAt: undefined,
		endedAt: undefined,
		hadTrouble: false,
		hasUnreadNotes: false,
		wroteJournalAt: undefined,
		notedSent: new Set(),
		notedDone: new Set(),
		planned: new Map(delivery.files.map(({ file }) => [file, currentOf(file)])),
		result: undefined,
	};
	judge.runs.set(name, run);
	worker.note(
		`starts on ${worker.host}: ${describe(run)}, ${execution}; ${isCalm ? 'calm' : describeWeather(run.weather)}`,
	);
	const end = (result: RunResult): void => {
		if (worker.isDead && result.kind !== 'died') return;
		run.endedAt = timeline.nowMs;
		run.result = result;
		report(world, run);
		onOver(run);
	};
	worker.onDeath(() => end({ kind: 'died' }));
	worker.onFreeze((ms) => onFreeze(run, ms));
	begin(world, run, dice.pick([0, 0, -7_200_000, 86_400_000])).then(end, (error: unknown) =>
		end({ kind: 'failed', error }),
	);
	return run;
}

async function begin(world: World, run: Run, skewMs: number): Promise<RunResult> {
	const { worker, weather } = run;
	const { judge, server, timeline } = world;
	const actor = { name: run.name, delivery: run.delivery.name, run: run.name };
	const onFault = (what?: string): void => {
		run.hadTrouble = true;
		run.hasUnreadNotes ||= what === undefined || what === 'open' || what === 'read';
	};
	const client = new MasvClient({
		baseUrl: 'https://api.test',
		apiKey,
		teamId,
		transport: simTransport(
			worker,
			(request) => handle(server, request),
			actor,
			weather,
			(...answered) => judge.answered(...answered),
		),
		clock: simClock(worker, skewMs),
		hashing: nodeHashing,
		signal: worker.stop.signal,
	});
	const journal = simJournal(worker, world.journal, {
		share: weather.journal,
		code: worker.dice.pick(['ENOSPC', 'EROFS', 'EIO', 'ENOTDIR']),
		onFault,
		onRead: () => {
			run.readJournalAt ??= timeline.nowMs;
			run.lastReadAt = timeline.nowMs;
		},
		onWrite: (text, key) => {
			run.wroteJournalAt = timeline.nowMs;
			const sent = text === undefined ? undefined : /"kind":"sent".*?"package":"(\w+)"/.exec(text)?.[1];
			if (sent !== undefined) run.notedSent.add(sent);
			const [, by = '', done] = (text && /"kind":"done","by":"(\w+)","file":"(\w+)"/.exec(text)) ?? [];
			// Others are copied into the records of what deliveries that ended have finished.
			if (done !== undefined && key.endsWith(by)) run.notedDone.add(done);
			if (text !== undefined && secretIn(text)) judge.fail('no secrets', `${run.name} notes a secret: ${text}`);
		},
	});
	const leases = simLeases(worker, client.clock, world.leases, { share: weather.leases, onFault: () => onFault() });
	return await carryOut(client, run, { journal, leases });
}

function report(world: World, run: Run): void {
	const { judge } = world;
	const { result, worker } = run;
	if (result === undefined || result.kind === 'died') return;
	worker.note(`ends: ${describeResult(result)}`);
	const errors = result.kind === 'failed' ? [result.error] : [];
	if (result.kind === 'added') for (const file of result.files) if ('error' in file) errors.push(file.error);
	for (const error of errors) {
		if (error instanceof MasvError && typeof error.code === 'string') continue;
		judge.fail(
			'named errors',
			`${run.name} fails with ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
		);
	}
	const held = [...world.leases].filter(([, lease]) => lease.holder === run.name && !lease.isReleased);
	if (held.length > 0 && !run.hadTrouble) {
		judge.fail(
			'every run ends',
			`${run.name} ends but keeps its lease ${held.map(([key]) => key.slice(0, 6)).join(', ')}`,
		);
	}
	checkReport(world, run);
}

function describe({ delivery: { name, kind, target, files, packageId }, md5List }: Run): string {
	const listed = files.map((sent) => `"${placeOf(sent)}" ${currentOf(sent.file).content.length} bytes, ${sent.kind}`);
	if (md5List !== undefined) listed.push(`list of MD5s "${md5List}"`);
	return `${name}, ${kind}${packageId === undefined ? '' : ` to ${packageId}`}, ${target}, ${listed.join('; ')}`;
}

function describeWeather({ share, damage, outage, journal, leases }: Weather): string {
	const parts = [
		`faults ${share}`,
		damage > 0 && `damage ${damage}`,
		outage && 'an outage',
		journal > 0 && `journal fails ${journal}`,
	];
	return [...parts, leases > 0 && `leases fail ${leases}`].filter(Boolean).join(', ');
}

function describeResult(result: RunResult): string {
	const textOf = (error: unknown): string =>
		`${(error as { code?: string } | undefined)?.code ?? ''} ${error instanceof Error ? error.message : String(error)}`;
	switch (result.kind) {
		case 'failed':
			return `fails: ${textOf(result.error)}`;
		case 'sent':
			return `has sent ${result.packageId}`;
		case 'added':
			return result.files
				.map((file) => `"${file.place}" ${'error' in file ? textOf(file.error) : `is ${file.id}`}`)
				.join('; ');
		default:
			return result.kind;
	}
}

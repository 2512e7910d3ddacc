import { MasvClient } from '../../../masv/client';
import { nameRules } from '../../../masv/download/nameRules';
import { receivePackage } from '../../../masv/download/receivePackage';
import { receiveStreams } from '../../../masv/download/receiveStreams';
import { diskTarget } from '../../../masv/node/diskTarget';
import { nodeHashing } from '../../../masv/node/nodeHashing';
import { outageOf } from '../../../masv/retry';
import { createBookkeeping } from '../../../masv/transfer/bookkeeping';
import type { Journal } from '../../../masv/transfer/journal';
import type { Transport } from '../../../masv/transport';
import { simTransport } from '../network';
import { apiKey, teamId } from '../server/packageRoutes';
import { storageHost } from '../server/storage';
import { simClock } from '../simClock';
import { simJournal } from '../simJournal';
import { simLeases } from '../simLeases';
import type { Fate } from '../worker';
import { Worker } from '../worker';
import { chooseFault } from '../weather';
import { checkReceived } from './checkReceived';
import { contentTransport } from './contentNetwork';
import { secretIn } from './secretIn';
import type { Receive, ReceiveOutcome, ReceiveRun } from './receive';
import { targetPath } from './receiveScenario';
import { calmReceive, chooseReceiveWeather } from './receiveWeather';
import type { ReceiveWorld } from './receiveWorld';
import { simWriteCalls } from './simWriteCalls';
import type { ContentFault } from './storage';
import { getObject } from './storage';

export interface ReceiveCircumstances {
	isCalm: boolean;
	fates: Fate[];
	onFreeze: (ms: number) => void;
}

/** Starts a try on a worker of its own. `onOver` is called when it has ended, or its worker has died. */
export function startReceive(
	world: ReceiveWorld,
	receive: Receive,
	{ isCalm, fates, onFreeze }: ReceiveCircumstances,
	onOver: (run: ReceiveRun) => void,
): ReceiveRun {
	const { timeline, judge, habits } = world;
	const name = `run ${judge.runs.size + 1}`;
	const dice = world.dice.fork(name);
	const worker = new Worker(name, 'host', timeline, dice, fates);
	// A link does not tell the size of the parts.
	const verifies = receive.verifyContent !== 'never' && (receive.link === undefined || habits.etags === 'md5');
	const weather = isCalm ? calmReceive : chooseReceiveWeather(dice, timeline.nowMs, habits, verifies);
	const run: ReceiveRun = {
		...{ name, receive, worker, weather, isCalm, startedAt: timeline.nowMs, endedAt: undefined, hadTrouble: false },
		...{ verifies, damaged: new Set(), warnings: [], found: [], opened: new Map(), result: undefined },
	};
	judge.runs.set(name, run);
	worker.note(`starts: ${describe(receive)}; ${isCalm ? 'calm' : describeWeather(run)}`);
	const end = (result: ReceiveOutcome): void => {
		if (worker.isDead && result.kind !== 'died') return;
		run.endedAt = timeline.nowMs;
		run.result = result;
		checkReceived(world, run, result);
		onOver(run);
	};
	worker.onDeath(() => end({ kind: 'died' }));
	worker.onFreeze((ms) => onFreeze(ms));
	begin(world, run).then(end, (error: unknown) => end({ kind: 'failed', error }));
	return run;
}

async function begin(world: ReceiveWorld, run: ReceiveRun): Promise<ReceiveOutcome> {
	const { worker, weather, receive } = run;
	const { link, into, package: shared } = receive;
	const onFault = (): void => void (run.hadTrouble = true);
	const clock = simClock(worker, worker.dice.pick([0, 0, -7_200_000, 86_400_000]));
	const own = new MasvClient({
		...{ baseUrl: 'https://api.test', apiKey, teamId, clock, signal: worker.stop.signal },
		transport: transportOf(world, run),
		hashing: { ...nodeHashing, randomHex: (bytes) => randomHex(world, bytes) },
	});
	const client = link === undefined ? own : own.forServer('https://api.test', link.secret);
	const journal = watchedJournal(world, run, onFault);
	const leases = simLeases(worker, clock, world.leases, {
		...{ share: weather.leases, onFault },
		// Those of links have shorter keys.
		onTakeover: (holder, key) => void (key.length === 40 && world.judge.takenOver(holder)),
	});
	const onWarning = (text: string): void => worker.note(`warns: ${text}`);
	const request = {
		...createBookkeeping({ journal, leases }, clock, (reason) => onWarning(`bookkeeping: ${reason}`), client.signal),
		...receive,
		source:
			link === undefined
				? ({ kind: 'package', packageId: shared.id } as const)
				: ({ kind: 'link', link: { linkId: link.id, secret: link.secret, password: link.password } } as const),
		...{ infected: false, isWanted: () => true, minRangeBytes: 1, bufferBytes: 1_500, onWarning },
		policy: outageOf(receive.patienceMs),
	};
	if (into === 'streams') {
		const { files, warnings } = await receiveStreams(client, {
			...request,
			consume: async (_, pieces) => await collect(pieces),
		});
		run.warnings = warnings;
		return { kind: 'streamed', files };
	}
	const faults = {
		share: weather.disk,
		code: weather.diskCode,
		stalls: weather.stalls,
		freeBytes: weather.freeBytes,
		onFault,
	};
	const { calls, opened } = simWriteCalls(worker, world.disk, faults);
	run.opened = opened;
	const target = await diskTarget(targetPath, {
		checkAllowed: () => undefined,
		calls,
		timer: (late, ms) => worker.after(ms, late),
	});
	try {
		const rules = receive.probesNames ? undefined : nameRules.linux;
		const result = await receivePackage(client, { ...request, target, rules });
		run.warnings = result.warnings;
		return { kind: 'received', result };
	} finally {
		target.close();
	}
}

/** Requests to MASV, and to its storage. */
function transportOf(world: ReceiveWorld, run: ReceiveRun): Transport {
	const { masv, habits, timeline, ledger } = world;
	const { worker, weather, receive } = run;
	const actor = { name: run.name, delivery: receive.name, run: run.name };
	const fileAt = (url: string) =>
		masv.packages.flatMap(({ files }) => files).find(({ id }) => new URL(url).pathname.endsWith(`/${id}`));
	const toMasv = simTransport(
		worker,
		(request) => masv.handle(request),
		actor,
		weather,
		(_, kind, { status, json }) => {
			if (kind !== 'create link' || status !== 201) return;
			const link = masv.links.find(({ id }) => id === (json as { id: string }).id);
			if (link !== undefined) link.isKnown = true;
		},
	);
	const faults = new Map<object, ContentFault>();
	const toStorage = contentTransport(worker, {
		chooseFault: (request) => {
			const isOut =
				chooseFault({ ...weather, share: 0, pages: 0 }, worker.dice, 'get object', '', timeline.nowMs) === 'refused';
			const fault = isOut
				? 'refused'
				: worker.dice.chance(weather.content)
					? worker.dice.pick(weather.contentFaults)
					: 'none';
			faults.set(request, fault);
			return fault;
		},
		asked: (request) => {
			const file = fileAt(request.url);
			if (file !== undefined) ledger.asked(run, file, request, faults.get(request) ?? 'none');
		},
		answer: (request, fault) => getObject(fileAt(request.url), request, habits, timeline.nowMs, fault),
		delivered: (request, answer, position, bytes) => {
			const file = fileAt(request.url);
			if (file !== undefined) ledger.delivered(run, file, answer, position, bytes);
		},
	});
	return async (request) => await (request.url.startsWith(storageHost) ? toStorage(request) : toMasv(request));
}

function watchedJournal(world: ReceiveWorld, run: ReceiveRun, onFault: () => void): Journal {
	const { worker, weather } = run;
	const journal = simJournal(worker, world.journal, {
		share: weather.journal,
		code: worker.dice.pick(['ENOSPC', 'EROFS', 'EIO', 'ENOTDIR']),
		onFault,
		onRead: () => undefined,
		onWrite: (text) => {
			if (secretIn(text ?? '')) world.judge.fail('no secrets', `${run.name} notes a secret: ${text}`);
		},
	});
	return {
		...journal,
		open: async (key) => {
			const record = await journal.open(key);
			// Those about links have a prefix.
			if (!key.includes('-')) run.found = record.lines;
			return record;
		},
	};
}

function randomHex({ dice }: ReceiveWorld, bytes: number): string {
	return Array.from({ length: bytes }, () => dice.int(0, 255).toString(16).padStart(2, '0')).join('');
}

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
	const all: Uint8Array[] = [];
	for await (const piece of pieces) all.push(piece.slice());
	return Buffer.concat(all);
}

function describe({
	name,
	package: { id, files },
	link,
	into,
	ifExists,
	ifRunning,
	parallelRanges,
	rangeBytes,
	verifyContent,
}: Receive): string {
	const listed = files.map(
		(file) => `${file.id} "${file.path}/${file.name}" ${file.versions.at(-1)?.content.length ?? file.kind}`,
	);
	const how = `${ifExists}, ${ifRunning}, ${parallelRanges} ranges of ${rangeBytes}, verifies: ${verifyContent}`;
	return `${name}, ${id} ${link === undefined ? '' : `by ${link.id} `}to ${into}, ${how}: ${listed.join(', ')}`;
}

function describeWeather({ weather }: ReceiveRun): string {
	const { share, content, contentFaults, disk, stalls, journal, leases, outage } = weather;
	const which = new Set(contentFaults).size === 1 ? contentFaults[0] : 'any';
	const parts = [`faults ${share}`, content > 0 && `content ${content} (${which})`, disk > 0 && `disk ${disk}`];
	const rest = [
		stalls > 0 && `stalls ${stalls}`,
		journal > 0 && `journal ${journal}`,
		leases > 0 && `leases ${leases}`,
	];
	return [...parts, ...rest, outage && 'an outage'].filter(Boolean).join(', ');
}

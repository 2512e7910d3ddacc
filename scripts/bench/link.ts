import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import { runCommand } from '../../e2e/n8n/runCommand.ts';
import { compile, sinkAddresses } from './sink.ts';

/** A slow, lossy link to a network namespace in which the contenders run. */
export interface Link {
	/** Describes how the link is made. */
	kind: string;
	/** Words before a command that make it run at the far end. */
	prefix: string[];
	remove(): Promise<void>;
}

export interface LinkSettings {
	roundTripMs: number;
	/** In each direction. */
	lossPercent: number;
	/** In each direction, in MiB per second. Undefined: as much as the machine can relay. */
	rate?: number;
}

export const slowLink: LinkSettings = { roundTripMs: 80, lossPercent: 1 };
/** For small files, whose requests wait for the line. */
export const farLink: LinkSettings = { roundTripMs: 80, lossPercent: 0 };
/** What a queue holds, as time: routers of access lines hold about as much. */
const queueSeconds = 0.1;
/** Packets that wait for the relay. Of the usual 500, many are lost although neither the line nor the processor is full. */
const relayQueue = 10_000;
const mebibyte = 1024 * 1024;
const farEnd = '10.231.77.2';

export function toLinkText({ roundTripMs, lossPercent, rate }: LinkSettings): string {
	const limit = rate === undefined ? '' : `, ${rate} MiB/s`;
	return `${roundTripMs} ms round trip, ${lossPercent} % packet loss in each direction${limit}`;
}

/**
 * Creates the link: a veth pair with `tc netem` on both ends; on a kernel without netem, two tun devices and a relay that
 * does the same. In both cases the contenders use the kernel's TCP with CUBIC.
 * @throws Error if the machine allows neither, or if there is such a link: two would take each other's packets
 */
export async function createLink(folder: string, settings: LinkSettings): Promise<Link> {
	const { roundTripMs, lossPercent, rate } = settings;
	const bytesPerSecond = rate === undefined ? undefined : Math.round(rate * mebibyte);
	const name = `bench-${process.pid}`;
	const device = `bench${process.pid}`.slice(0, 14);
	const inside = ['ip', 'netns', 'exec', name];
	const run = async (words: string[]): Promise<void> => {
		await runCommand(words[0] as string, words.slice(1), { cwd: folder });
	};
	const ip = async (words: string): Promise<void> => await run(['ip', ...words.split(' ')]);
	let relay: ChildProcess | undefined;
	const remove = async (): Promise<void> => {
		if (relay !== undefined && relay.exitCode === null) {
			relay.stdin?.end();
			await once(relay, 'exit');
		}
		await ip(`link del ${device}`).catch(() => undefined);
		await ip(`netns del ${name}`).catch(() => undefined);
	};
	const setAddresses = async (): Promise<void> => {
		await ip(`addr add ${sinkAddresses.farAway} peer ${farEnd} dev ${device}`);
		await ip(`link set ${device} up`);
		await ip(`-n ${name} addr add ${farEnd} peer ${sinkAddresses.farAway} dev ${device}`);
		await ip(`-n ${name} link set ${device} up`);
		// Set on the route: a namespace may not change its default if the machine's default is a different one.
		await ip(`-n ${name} route replace ${sinkAddresses.farAway} dev ${device} congctl cubic`);
		// What is downloaded is sent from here.
		await ip(`route replace ${farEnd} dev ${device} congctl cubic`);
	};
	const useNetem = async (): Promise<void> => {
		await ip(`link add ${device} type veth peer name ${device} netns ${name}`);
		const rule =
			`root netem delay ${roundTripMs / 2}ms loss ${lossPercent}% limit 20000${bytesPerSecond === undefined ? '' : ` rate ${bytesPerSecond * 8}`}`.split(
				' ',
			);
		for (const [end, where] of [[], ['-n', name]].entries()) {
			// Without this, netem would treat up to 64 KiB as one packet and lose it as a whole.
			await run(['ip', ...where, 'link', 'set', device, 'gso_max_segs', '1']);
			await run([...(end === 0 ? [] : inside), 'tc', 'qdisc', 'add', 'dev', device, ...rule]);
		}
	};
	const useRelay = async (): Promise<void> => {
		const program = await compile('link.c', folder, []);
		if (program === undefined) throw new Error('there is no netem, and no C compiler for its replacement');
		const limit = bytesPerSecond === undefined ? [] : [`${bytesPerSecond}`, `${bytesPerSecond * queueSeconds}`];
		const started = spawn(program, [name, device, `${roundTripMs / 2}`, `${lossPercent}`, ...limit], {
			stdio: ['pipe', 'pipe', 'inherit'],
		});
		relay = started;
		await Promise.race([
			once(started.stdout, 'data'),
			once(started, 'exit').then(() => Promise.reject(new Error('there is neither netem nor a tun device'))),
		]);
		await ip(`link set ${device} txqueuelen ${relayQueue}`);
		await ip(`-n ${name} link set ${device} txqueuelen ${relayQueue}`);
	};

	const others = await runCommand('ip', ['-o', 'addr', 'show', 'to', sinkAddresses.farAway], { cwd: folder });
	const [, other] = others.split(/\s+/);
	if (other !== undefined) throw new Error(`another benchmark uses the same addresses, or has left device ${other}`);
	try {
		await ip(`netns add ${name}`);
		let kind = 'network namespace with tc netem';
		try {
			await useNetem();
		} catch {
			await ip(`link del ${device}`).catch(() => undefined);
			await useRelay();
			kind = 'network namespace with two tun devices and a relay between them (this kernel has no tc netem)';
		}
		await setAddresses();
		return { kind: `${kind}, CUBIC`, prefix: inside, remove };
	} catch (error) {
		await remove();
		throw error;
	}
}

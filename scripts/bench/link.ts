import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import { runCommand } from '../../e2e/n8n/runCommand.ts';
import { compile, sinkAddresses } from './sink.ts';

/** A long line with loss to a network namespace in which the contenders run. */
export interface Link {
	/** For people: what makes the line. */
	kind: string;
	/** Words before a command that is to run at the far end. */
	prefix: string[];
	remove(): Promise<void>;
}

const roundTripMs = 80;
const lossPercent = 1;
const farEnd = '10.231.77.2';

export const linkText = `${roundTripMs} ms round trip, ${lossPercent} % of the packets lost each way`;

/**
 * Makes the line: a veth pair with `tc netem` on both ends; on a kernel without netem, two tun devices with a program
 * between them that does the same. The contenders' TCP is the kernel's own in both cases, with CUBIC.
 * @throws Error on a machine that allows neither
 */
export async function createLink(folder: string): Promise<Link> {
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
		// By route: a namespace may not choose its default where the machine's own is another one.
		await ip(`-n ${name} route replace ${sinkAddresses.farAway} dev ${device} congctl cubic`);
	};
	const useNetem = async (): Promise<void> => {
		await ip(`link add ${device} type veth peer name ${device} netns ${name}`);
		const rule = `root netem delay ${roundTripMs / 2}ms loss ${lossPercent}% limit 20000`.split(' ');
		for (const [end, where] of [[], ['-n', name]].entries()) {
			// Without this, 64 KiB would be one packet to netem, and be lost as one.
			await run(['ip', ...where, 'link', 'set', device, 'gso_max_segs', '1']);
			await run([...(end === 0 ? [] : inside), 'tc', 'qdisc', 'add', 'dev', device, ...rule]);
		}
	};
	const useRelay = async (): Promise<void> => {
		const program = await compile('link.c', folder, []);
		if (program === undefined) throw new Error('there is no netem, and no C compiler for its stand-in');
		const started = spawn(program, [name, device, `${roundTripMs / 2}`, `${lossPercent}`], {
			stdio: ['pipe', 'pipe', 'inherit'],
		});
		relay = started;
		await Promise.race([
			once(started.stdout, 'data'),
			once(started, 'exit').then(() => Promise.reject(new Error('there is no netem, and no tun device either'))),
		]);
	};

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

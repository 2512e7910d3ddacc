import { fork } from 'node:child_process';

import { simulateReceives } from './download/simulateReceives';
import type { Options } from './options';
import { help, readOptions } from './options';
import { simulate } from './simulate';
import { simulateDeaths } from './simulateDeaths';
import { simulateSync } from './sync/simulateSync';

interface Failure {
	seed: number;
	violations: Array<{ rule: string; text: string }>;
}

/** A history of uploads, of downloads, or of jobs. */
type Simulate = (seed: number) => Promise<Failure & { lines: string[]; events: number }>;

const simulations: Record<Options['what'], Simulate> = {
	uploads: simulate,
	deaths: simulateDeaths,
	downloads: simulateReceives,
	sync: simulateSync,
};

/** What a process with part of the seeds tells the first one. */
interface Message {
	done: number;
	failures: Failure[];
}

const seedsPerChunk = 100;

/** In a process of its own: the histories of some seeds. */
async function runChunk(run: Simulate, [from, seeds]: [number, number]): Promise<void> {
	const failures: Failure[] = [];
	for (let seed = from; seed < from + seeds; seed++) {
		const { violations } = await run(seed);
		if (violations.length > 0) failures.push({ seed, violations });
	}
	process.send?.({ done: seeds, failures } satisfies Message);
}

async function printHistory(run: Simulate, seed: number): Promise<boolean> {
	const { lines, violations, events } = await run(seed);
	console.log(lines.join('\n'));
	const broken = [...new Set(violations.map(({ rule }) => rule))].join(', ');
	console.log(
		`\nSeed ${seed}, ${events} events: ${violations.length === 0 ? 'no rule is broken' : `BROKEN: ${broken}`}`,
	);
	return violations.length === 0;
}

async function main(): Promise<void> {
	const options = readOptions(process.argv.slice(2));
	if (options.help) return console.log(help);
	const run = simulations[options.what];
	if (options.isSingle) {
		if (!(await printHistory(run, options.from))) process.exitCode = 1;
		return;
	}
	const startedAt = Date.now();
	const failures: Failure[] = [];
	const end = options.from + options.seeds;
	let next = options.from;
	let done = 0;
	await Promise.all(
		Array.from({ length: options.jobs }, async () => {
			const child = fork(process.argv[1] ?? '', ['chunk', options.what], {
				execArgv: process.execArgv,
			});
			while (next < end && (options.all || failures.length === 0)) {
				const seeds = Math.min(seedsPerChunk, end - next);
				child.send([next, seeds]);
				next += seeds;
				const message = await new Promise<Message>((resolve, reject) => {
					child.once('message', resolve).once('exit', (code) => reject(new Error(`A process ended with ${code}`)));
				});
				child.removeAllListeners();
				failures.push(...message.failures);
				done += message.done;
				if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${options.seeds} `);
			}
			child.disconnect();
		}),
	);
	const seconds = (Date.now() - startedAt) / 1000;
	console.log(`${done} histories in ${seconds.toFixed(1)} s, ${failures.length} of them break a rule`);
	failures.sort((a, b) => a.seed - b.seed);
	if (options.list) {
		for (const { seed, violations } of failures) {
			for (const { rule, text } of violations) console.log(`${seed} ${rule}: ${text}`);
		}
	}
	printSummary(failures);
	const [first] = failures;
	if (first === undefined) return;
	process.exitCode = 1;
	if (!options.all) await printHistory(run, first.seed);
}

function printSummary(failures: Failure[]): void {
	const seedsByRule = new Map<string, number[]>();
	for (const { seed, violations } of failures) {
		for (const rule of new Set(violations.map((violation) => violation.rule))) {
			seedsByRule.set(rule, [...(seedsByRule.get(rule) ?? []), seed]);
		}
	}
	for (const [rule, seeds] of seedsByRule) {
		console.log(`${rule.padEnd(20)} ${String(seeds.length).padStart(6)}   seeds ${seeds.slice(0, 12).join(', ')}`);
	}
}

if (process.argv[2] === 'chunk') {
	const run = simulations[process.argv[3] as keyof typeof simulations];
	process.on('message', (range: [number, number]) => void runChunk(run, range));
} else void main();

/**
 * Measures what loading all nodes adds to n8n's start, and fails if it is more than the package may add.
 *
 * Each round starts two processes that load what every n8n has loaded by then (n8n-workflow); the second one also loads
 * the built nodes. The figures are the difference between the best rounds of both. Time is the processor time of the main
 * thread: other work on the machine hardly changes it, and on an idle machine it is the time on the clock.
 */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';

import { builtEntries, loadBuiltEntry } from './loadBuiltNodes.ts';

const maxMs = 150;
/** Of the time that the start takes without the nodes. On a slow or busy machine, both take longer. */
const maxShare = 0.75;
const maxMebibytes = 30;
const rounds = 9;

interface Start {
	ms: number;
	mebibytes: number;
}

function startOnce(withNodes: boolean): Start {
	createRequire(import.meta.url)('n8n-workflow');
	if (withNodes) for (const entry of builtEntries()) loadBuiltEntry(entry);
	const { user, system } = process.threadCpuUsage();
	return { ms: (user + system) / 1000, mebibytes: process.memoryUsage().rss / 1024 ** 2 };
}

function startProcess(mode: 'with' | 'without'): Start {
	return JSON.parse(execFileSync(process.execPath, [import.meta.filename, mode], { encoding: 'utf8' })) as Start;
}

function measure(): void {
	const starts = Array.from({ length: rounds }, () => ({
		without: startProcess('without'),
		with: startProcess('with'),
	}));
	const best = (mode: 'with' | 'without', figure: keyof Start): number =>
		Math.min(...starts.map((start) => start[mode][figure]));
	const ms = best('with', 'ms') - best('without', 'ms');
	const mebibytes = best('with', 'mebibytes') - best('without', 'mebibytes');
	const limitMs = Math.max(maxMs, maxShare * best('without', 'ms'));
	console.log(
		`Node ${process.version}: ${best('without', 'ms').toFixed(0)} ms and ${best('without', 'mebibytes').toFixed(0)} MiB without the nodes; ` +
			`the nodes add ${ms.toFixed(0)} ms of processor time (limit ${limitMs.toFixed(0)}) and ${mebibytes.toFixed(1)} MiB (limit ${maxMebibytes})`,
	);
	process.exitCode = ms <= limitMs && mebibytes <= maxMebibytes ? 0 : 1;
}

const [mode] = process.argv.slice(2);
if (mode === undefined) measure();
else console.log(JSON.stringify(startOnce(mode === 'with')));

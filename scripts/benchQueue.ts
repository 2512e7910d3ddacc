/**
 * Measures n8n in queue mode: many packages with several numbers of workers, and one large file beside small packages. All on this
 * machine, MASV (the sandbox) included, so that its processors are the bound. Prints Markdown.
 */
import { existsSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import setUp, { tearDown } from '../e2e/cluster/setUp.ts';
import { amount, listOf, oneOf, readOptions, wholeNumber } from './commandLine/options.ts';
import { undoAll, undoAtEnd } from './commandLine/undo.ts';
import { openQueueLab, type Measured, type QueueLab } from './bench/queueLab.ts';

const mebibyte = 1024 * 1024;
const gibibyte = 1024 * mebibyte;

const usage =
	'npm run bench:queue -- [--workers 1,2,4] [--packages 200] [--size 20] [--large 8] [--small 50] [--mix alone,beside]';
const values = readOptions(usage, {
	options: {
		/** Empty: none of these. */
		workers: { default: '1,2,4', read: listOf(wholeNumber(1)) },
		packages: { default: '200', read: wholeNumber(1) },
		/** Of a package, in MiB. */
		size: { default: '20', read: wholeNumber(1) },
		/** In GiB; 0 leaves it out. */
		large: { default: '8', read: amount(0) },
		/** How many small packages are sent beside the large file. */
		small: { default: '50', read: wholeNumber(1) },
		/** Which of the two rows to measure of these. */
		mix: { default: 'alone,beside', read: listOf(oneOf('alone', 'beside')) },
	},
});
const bytes = values.size * mebibyte;
const { packages: count, small: smallCount } = values;
const largeBytes = Math.ceil(values.large * gibibyte);
const log = (line: string): void => void process.stderr.write(`${line}\n`);

undoAtEnd(tearDown);
await setUp({ rootDir: join(import.meta.dirname, '..') });
try {
	log(`Load of the machine: ${loadavg()[0]?.toFixed(2)}`);
	const rows: string[][] = [];
	for (const workers of values.workers) {
		// In memory where there is such a folder, so that no disk is measured.
		const folder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
		const measured = await withLab(
			workers,
			folder,
			async (lab) => await lab.measure(await addAll(lab, 'package', count)),
		);
		rows.push([String(workers), ...toCells(measured)]);
	}
	const heads = ['Seconds', 'Packages/s', 'MiB/s', 'Processor seconds: workers', 'main', 'others', 'Cores in use'];
	const more = ['Peak MiB above rest', 'Requests to MASV per package', 'file lists among them', 'Requests per second'];
	if (rows.length > 0) print(`${count} packages of ${values.size} MiB`, ['Workers', ...heads, ...more], rows);
	const mixes: string[][] = [];
	for (const mix of largeBytes > 0 ? values.mix : []) {
		const measure = mix === 'alone' ? measureAlone : measureBeside;
		const seconds = await withLab(2, tmpdir(), measure);
		mixes.push([mix === 'alone' ? 'each alone' : 'both at once', ...seconds.map((each) => each.toFixed(1))]);
	}
	const mixHeads = ['2 workers', 'The large file, seconds', 'The small packages, seconds'];
	const title = `One file of ${values.large} GiB beside ${smallCount} packages of ${values.size} MiB`;
	if (mixes.length > 0) print(title, mixHeads, mixes);
} finally {
	await undoAll();
}

async function withLab<T>(workers: number, folder: string, work: (lab: QueueLab) => Promise<T>): Promise<T> {
	const opening = openQueueLab(workers, folder, log);
	// It closes by itself what it cannot open. If the script is interrupted meanwhile, it is waited for.
	const close = undoAtEnd(async () => await (await opening.catch(() => undefined))?.close());
	try {
		const lab = await opening;
		// Each worker loads what it needs.
		await lab.run(await addAll(lab, 'warm-up', workers * 5));
		return await work(lab);
	} finally {
		await close();
	}
}

async function addAll(lab: QueueLab, name: string, howMany: number) {
	const added = [];
	for (let index = 1; index <= howMany; index++) added.push(await lab.add(`${name} ${index}`, bytes));
	return added;
}

/** @returns seconds of the large file and of the small packages */
async function measureAlone(lab: QueueLab): Promise<[number, number]> {
	const small = await lab.run(await addAll(lab, 'small', smallCount));
	return [await lab.run([await lab.add('large', largeBytes)]), small];
}

async function measureBeside(lab: QueueLab): Promise<[number, number]> {
	const [large, small] = [await lab.add('large', largeBytes), await addAll(lab, 'small', smallCount)];
	const sendingLarge = lab.run([large]);
	// The large one is on its way.
	await sleep(1000);
	return await Promise.all([sendingLarge, lab.run(small)]);
}

function toCells({ seconds, cpu, peakMebibytes, requests, lists }: Measured): string[] {
	const cores = (cpu.workers + cpu.main + cpu.others) / seconds;
	return [
		seconds.toFixed(1),
		(count / seconds).toFixed(1),
		((count * bytes) / mebibyte / seconds).toFixed(0),
		cpu.workers.toFixed(1),
		cpu.main.toFixed(1),
		cpu.others.toFixed(1),
		`${cores.toFixed(2)} of ${availableParallelism()}`,
		peakMebibytes.toFixed(0),
		(requests / count).toFixed(1),
		(lists / count).toFixed(1),
		(requests / seconds).toFixed(0),
	];
}

function print(title: string, heads: string[], rows: string[][]): void {
	const lines = [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
	process.stdout.write(`\n${title}:\n\n${lines.join('\n')}\n`);
}

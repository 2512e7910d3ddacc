/**
 * Compares speed, CPU and memory with other uploaders and downloaders. See `scripts/bench/options.ts` for the options.
 *
 *   npm run bench -- --quick
 *
 * All rows of a table are measured in one run, alternately, against one server, which discards what it is sent.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, release, tmpdir, totalmem, type as systemType } from 'node:os';
import { dirname, join } from 'node:path';

import { installN8n } from '../e2e/n8n/installN8n.ts';
import { installPackage } from '../e2e/n8n/installPackage.ts';
import n8nManifest from '../e2e/package.json' with { type: 'json' };
import { packTarball } from '../e2e/n8n/packTarball.ts';
import { runCommand } from '../e2e/n8n/runCommand.ts';
import type { BenchN8nOptions } from './bench/benchN8n.ts';
import { downloadPrograms, downloadSection, smallDownloadSection } from './bench/downloads.ts';
import { cells, lines, measureLines } from './bench/lines.ts';
import { farLink, type Link, type LinkSettings, slowLink, toLinkText } from './bench/link.ts';
import { N8nContender } from './bench/n8n.ts';
import { N8nReceiver } from './bench/n8nDownloads.ts';
import { help, mebibyte, type Options, readBenchOptions } from './bench/options.ts';
import { toTargets, toFigures, toTable, toText } from './bench/report.ts';
import {
	bigFileSection,
	farSmallSection,
	linkSection,
	measureSection,
	type Section,
	smallFilesSection,
	type BenchContext,
} from './bench/rows.ts';
import { compile, startSink } from './bench/sink.ts';
import type { Measured } from './bench/target.ts';
import { TriggerContender, triggerKeys, triggerSections } from './bench/trigger.ts';
import { undoAll, undoAtEnd } from './commandLine/undo.ts';

const root = dirname(import.meta.dirname);
const startedAt = Date.now();
const bigKeys = [
	'limit',
	'curl',
	'masv-disk',
	'masv-disk-100m',
	'masv-disk-always',
	'masv-disk-never',
	'masv-stream',
	'lib-storage',
];
const n8nKeys = ['n8n-masv-disk', 'n8n-masv-binary', 'n8n-aws-s3'];
const smallKeys = ['small-masv', 'small-bare'];
const getKeys = [
	...Object.keys(downloadPrograms),
	'get-limit',
	'get-masv-disk',
	'get-masv-disk-16',
	'get-masv-disk-64',
	'get-masv-disk-always',
	'get-masv-disk-never',
];
const n8nGetKeys = ['get-n8n-masv-disk', 'get-n8n-masv-binary', 'get-n8n-http', 'get-n8n-s3'];
const smallGetKeys = ['get-small-masv', 'get-small-bare'];
const linkKeys = ['link-masv', 'link-masv-8', 'link-masv-64', 'link-curl', 'link-lib-storage'];
const farKeys = ['far-small-masv'];

try {
	await main();
} catch (error) {
	console.error(error);
	process.exitCode = 1;
} finally {
	await undoAll();
}

async function main(): Promise<void> {
	const options = readBenchOptions();
	if (process.platform !== 'linux') throw new Error('The benchmark reads /proc, so it requires Linux.');
	const downloadKeys = [...getKeys, ...n8nGetKeys, ...smallGetKeys];
	const keys: string[] = [
		...bigKeys,
		...n8nKeys,
		...smallKeys,
		...linkKeys,
		...farKeys,
		...triggerKeys,
		...downloadKeys,
		'lines',
	];
	options.only = options.only?.flatMap((key) => (key === 'get' ? downloadKeys : [key]));
	const unknownOf = (given: string[] | undefined, known: string[]): string[] =>
		given?.filter((key) => !known.includes(key)) ?? [];
	const unknown = [
		...unknownOf(options.only, keys),
		...unknownOf(options.lines, Object.keys(lines)),
		...unknownOf(options.cells, Object.keys(cells)),
	];
	if (unknown.length > 0) throw new Error(`Unknown rows, lines or cells: ${unknown.join(', ')}\n\n${help}`);
	const context = await prepare(options);
	const notes: string[] = [`Sink: ${context.sink.kind}.`];
	if (context.limitProgram === undefined)
		notes.push('No rows "limit" and "get-limit": this machine has no C compiler with OpenSSL headers.');

	const all: Measured[] = [];
	const measure = async (section: Section): Promise<void> => {
		all.push(toFigures(section, await measureSection(section, options.rounds, context.sink, say)));
	};
	const wantsAny = (keys: string[]): boolean => keys.some(context.wants);
	if (wantsAny([...bigKeys, ...n8nKeys])) {
		for (const bytes of options.sizes) {
			await measure(await bigFileSection(context, bytes));
			await emptyFolder(join(context.folder, 'files'));
		}
	}
	if (wantsAny(smallKeys)) await measure(await smallFilesSection(context));
	if (wantsAny([...getKeys, ...n8nGetKeys])) {
		const programs = await findPrograms(context, notes);
		for (const bytes of options.sizes) await measure(await downloadSection(context, bytes, programs));
	}
	if (wantsAny(smallGetKeys)) await measure(await smallDownloadSection(context));
	if (wantsAny(linkKeys)) notes.push(await measureLink(context, slowLink, linkSection, measure));
	if (wantsAny(farKeys)) notes.push(await measureLink(context, farLink, farSmallSection, measure));
	if (wantsAny(triggerKeys)) await measureTriggers(context, measure);
	if (options.only?.includes('lines') === true) notes.push(`\n${await measureLines(context, say)}`);

	const text = [toTable(all), `\nTargets:\n\n${toText(toTargets(all))}`, `\n${notes.join('\n')}`].join('\n');
	console.log(`\n${text}`);
	if (options.write) await writeDocument(options, text);
}

async function prepare(options: Options): Promise<BenchContext> {
	const parent = options.folder ?? tmpdir();
	await mkdir(parent, { recursive: true });
	const folder = await realpath(await mkdtemp(join(parent, 'masv-bench-')));
	undoAtEnd(async () => await rm(folder, { recursive: true, force: true, maxRetries: 3 }));
	await mkdir(join(folder, 'files'));
	const wants = (key: string): boolean => options.only === undefined || options.only.includes(key);

	const packageTarball = options.packageTarball ?? (await packTarball({ root, into: folder, report: say }));
	const packageFolder = await installPackage(packageTarball, join(folder, 'package'));
	const sink = await startSink(folder, options.serverYields);
	undoAtEnd(async () => await sink.stop());
	say(`sink: ${sink.kind}, port ${sink.port}`);
	const limitProgram = await compile('limit.c', folder, ['-pthread', '-lssl', '-lcrypto']);
	const targetFolder = await makeTargetFolder(options, folder);
	const n8nOptions = async (name: string): Promise<Omit<BenchN8nOptions, 'filesFolder'>> => {
		const install = await installN8n({ folder: join(root, 'e2e', '.n8n'), report: say });
		return { install, userFolder: join(folder, name), packageTarball, sink, log: say };
	};
	let n8n: N8nContender | undefined;
	if (n8nKeys.some(wants)) {
		const started = await N8nContender.start({ ...(await n8nOptions('n8n')), filesFolder: join(folder, 'files') });
		undoAtEnd(async () => await started.stop());
		n8n = started;
	}
	let n8nReceiver: N8nReceiver | undefined;
	if (n8nGetKeys.some(wants)) {
		const started = await N8nReceiver.start(join(targetFolder, 'n8n'), await n8nOptions('n8n-downloads'));
		undoAtEnd(async () => await started.stop());
		n8nReceiver = started;
	}
	return { options, folder, targetFolder, sink, packageTarball, packageFolder, n8n, n8nReceiver, limitProgram, wants };
}

/** In memory if possible: what is compared are downloaders, not disks. */
async function makeTargetFolder(options: Options, folder: string): Promise<string> {
	const parent = options.targetFolder ?? (existsSync('/dev/shm') ? '/dev/shm' : folder);
	await mkdir(parent, { recursive: true });
	const made = await realpath(await mkdtemp(join(parent, 'masv-bench-')));
	undoAtEnd(async () => await rm(made, { recursive: true, force: true, maxRetries: 3 }));
	return made;
}

/** The programs that downloads are compared with. Those that are not installed are named in the notes. */
async function findPrograms({ wants }: BenchContext, notes: string[]): Promise<Set<string>> {
	const found = new Set<string>();
	for (const [key, program] of Object.entries(downloadPrograms)) {
		if (!wants(key) || found.has(program)) continue;
		const version = await firstLine(program, '--version').catch(() => undefined);
		if (version === undefined) notes.push(`No row "${key}": ${program} is not installed.`);
		else found.add(program);
	}
	return found;
}

/** Returns a note about the link. */
async function measureLink(
	context: BenchContext,
	settings: LinkSettings,
	prepareSection: (context: BenchContext) => Promise<{ section: Section; link: Link }>,
	measure: (section: Section) => Promise<void>,
): Promise<string> {
	let made;
	try {
		made = await prepareSection(context);
	} catch (error) {
		return `Link (${toLinkText(settings)}): not measured because this machine does not allow it: ${error instanceof Error ? error.message.trim() : String(error)}.`;
	}
	const { section, link } = made;
	undoAtEnd(async () => await link.remove());
	await measure(section);
	return `Link: ${toLinkText(settings)}; ${link.kind}.`;
}

async function measureTriggers(
	{ folder, packageTarball, wants }: BenchContext,
	measure: (section: Section) => Promise<void>,
): Promise<void> {
	const install = await installN8n({ folder: join(root, 'e2e', '.n8n'), report: say });
	const userFolder = join(folder, 'n8n-triggers');
	const contender = await TriggerContender.start({ install, userFolder, packageTarball, log: say });
	undoAtEnd(async () => await contender.stop());
	for (const section of triggerSections(contender, wants)) await measure(section);
}

async function emptyFolder(folder: string): Promise<void> {
	await rm(folder, { recursive: true, force: true });
	await mkdir(folder);
}

async function writeDocument(options: Options, text: string): Promise<void> {
	const command = ['npm run bench --', ...process.argv.slice(2)].join(' ');
	const lines = [
		'# Benchmarks',
		'',
		`Created by \`${command}\`. Medians of ${options.rounds} rounds; the contenders alternate, and the files are in the page cache.`,
		'',
		...(await machine()).map((line) => `- ${line}`),
		'',
		text,
		'',
		'## How to read it',
		'',
		'- In parentheses: the ratio to "this uploader, disk" or "this downloader, disk" in the same section; for response times, the',
		"  ratio to n8n's Webhook node.",
		'- Every contender sends to the same sink over TLS. It implements as much of MASV and S3 as they need, and discards the bytes.',
		'  On a machine with few cores the sink uses some of the CPU, for all contenders alike.',
		'- The ETags of the sink are the MD5s of the parts, computed in advance: a sink that hashes would be slower than the uploaders.',
		'- The uploader is the packed package, in a separate Node process and inside a real n8n.',
		'- curl and the C program only PUT the parts, 8 at a time, 32 MiB each, like this uploader. They create and complete nothing.',
		'  curl cannot upload a range, so its parts are separate files. If memory cannot hold the file twice, it sends those of the first GiB repeatedly.',
		'- lib-storage sends a file stream in parts of 8 MiB, 8 at a time.',
		'- CPU is the user and system time of the whole process; in n8n, of its main process from start to end of the execution.',
		"  Throughput in n8n is based on the node's execution time.",
		'- Memory is the peak resident set above that of the same process when warm and idle; for curl, above that of a run',
		'  with one file of 10 KiB. n8n is restarted before each of its rows.',
		"- n8n's AWS S3 node completes at most 900 parts of 5 MiB: of a larger file it sends everything but keeps 4.4 GiB.",
		'- Downloads come from the same server, over TLS: an object of any size, which repeats one MiB. Its ETag is that of an upload in',
		'  parts of 32 MiB, so that this downloader can compare it. They are written to a memory file system, unless --target names another',
		'  folder: what is compared are downloaders, not disks. The size of what was written and 65 places in it are checked.',
		'- This downloader does everything that it does in n8n: it lists the package, asks for the address, records what is received, and',
		'  asks the disk to keep it before it gives the file its name. The other programs only receive one address into one file; curl with',
		'  8 ranges writes 8 files. C with OpenSSL receives ranges of 32 MiB over 8 connections, in one thread each.',
		"- n8n's HTTP Request and AWS S3 nodes receive into a binary field; n8n stores it in the same memory file system.",
		'- Events are sent over plain HTTP to three published workflows in one n8n, alternately: one starts with the MASV Trigger, two',
		"  with n8n's own Webhook node, one of them without authentication, the other with Header Auth, comparable to the MASV Trigger's",
		'  secret. The workflows have no other nodes. The time is the median response time; CPU is that of n8n including all executions. n8n',
		'  creates a V8 isolate before it calls a node for an event, except for its own Webhook node without a credential.',
		'',
	];
	await mkdir(join(root, 'docs'), { recursive: true });
	await writeFile(join(root, 'docs', 'benchmarks.md'), lines.join('\n'));
	say('docs/benchmarks.md was written');
}

/** Describes the machine and the versions. */
async function machine(): Promise<string[]> {
	const first = async (program: string, ...words: string[]): Promise<string> =>
		await firstLine(program, ...words).catch(() => `${program}: not installed`);
	const load = createRequire(import.meta.url);
	const version = (name: string): string => (load(`${name}/package.json`) as { version: string }).version;
	const memory = Math.round(totalmem() / mebibyte / 1024);
	return [
		`${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, ${memory} GiB of memory, ${systemType()} ${release()}`,
		`Node ${process.versions.node} with OpenSSL ${process.versions.openssl}, undici ${version('undici')}`,
		await first('curl', '--version'),
		await first('openssl', 'version'),
		await first('aria2c', '--version'),
		await first('rclone', '--version'),
		`@aws-sdk/lib-storage ${version('@aws-sdk/lib-storage')}, n8n ${n8nManifest.dependencies.n8n}`,
	];
}

async function firstLine(program: string, ...words: string[]): Promise<string> {
	return (await runCommand(program, words, { cwd: root })).split('\n')[0] as string;
}

/** Prints to standard error, so that standard output contains only the result. */
function say(line: string): void {
	console.error(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}`);
}

import { randomBytes } from 'node:crypto';
import { totalmem } from 'node:os';
import { join } from 'node:path';

import { runMeasured } from './command.ts';
import { cutFile, makeFile, makeSmallFiles, warm } from './files.ts';
import { createLink, farLink, type Link, slowLink } from './link.ts';
import { measureWorker } from './measureWorker.ts';
import type { N8nContender, N8nKind } from './n8n.ts';
import type { N8nReceiver } from './n8nDownloads.ts';
import { loadBuilt } from './builtModules.ts';
import { mebibyte, type Options, sizeText } from './options.ts';
import type { Usage } from './proc.ts';
import { type Sink, sinkAddresses } from './sink.ts';
import type { Job } from './worker.ts';

/** What one contender did in one round. */
export interface Sample extends Usage {
	requests: number;
}

export interface Row {
	key: string;
	/** Display name. */
	contender: string;
	measure(): Promise<Usage>;
}

/** Rows that are measured alternately and compared. */
export interface Section {
	title: string;
	bytes: number;
	files: number;
	/** What `files` counts, if not files. */
	noun?: string;
	/** Unit of throughput; `each`: units per run. If undefined, the time is shown instead, in milliseconds. */
	unit: { name: string; digits: number; each: number | undefined };
	/** Key of the row with ratio 1.00. */
	base: string;
	rows: Row[];
	/** Called before each round. */
	prepare(): Promise<void>;
}

export interface BenchContext {
	options: Options;
	folder: string;
	/** Where downloads are written. */
	targetFolder: string;
	sink: Sink;
	packageTarball: string;
	packageFolder: string;
	/** undefined if no row needs it. */
	n8n: N8nContender | undefined;
	/** The same for downloads. */
	n8nReceiver: N8nReceiver | undefined;
	limitProgram: string | undefined;
	wants: (key: string) => boolean;
}

type JobOptions = Pick<Job, 'kind' | 'partBytes' | 'parallelParts' | 'verifyParts'>;

/** What curl, lib-storage and the C program send. */
const partBytes = 32 * mebibyte;
const parallelParts = 8;
const largePartBytes = 100 * mebibyte;
/** S3's minimum. */
const smallestPartBytes = 5 * mebibyte;

/**
 * How much of the file to split into pieces for curl: all of it, if memory can hold the file twice besides everything
 * else. If not, curl sends the pieces of the first GiB repeatedly, which favors it: the others read all of the file.
 */
function piecesBytes(fileBytes: number): number {
	const fits = totalmem() - 2 * fileBytes > 4096 * mebibyte;
	return fits ? fileBytes : Math.min(fileBytes, 1024 * mebibyte);
}

/** The sizes of the parts in which this uploader sends a file and a stream of this size, if nothing is set. */
function plannedPartBytes(packageFolder: string, bytes: number): number[] {
	const { planParts } = loadBuilt(packageFolder, 'masv/upload/partPlan.js');
	const { s3Limits: limits } = loadBuilt(packageFolder, 'masv/upload/partLimits.js');
	const { mostConnections } = loadBuilt(packageFolder, 'masv/transfer/climb.js');
	return (['range', 'stream'] as const).map(
		(kind) => planParts({ kind, bytes, limits, parallelParts: mostConnections, file: 'the file' }).partBytes,
	);
}

export const smallBytes = 10 * 1024;
/** Enough for a small files' row to be JIT-compiled: n8n runs for weeks, and otherwise a cold start would dominate the figure. */
export const warmUpFiles = 1_000;

export async function bigFileSection(context: BenchContext, bytes: number): Promise<Section> {
	const { folder, sink, packageFolder, n8n, limitProgram, wants } = context;
	const url = `https://localhost:${sink.port}`;
	const path = await makeFile(join(folder, 'files', `${sizeText(bytes).replace(' ', '-')}.bin`), bytes);
	const warmUpPath = await makeFile(join(folder, 'files', 'warm-up.bin'), smallBytes);
	const sizes = new Set([...plannedPartBytes(packageFolder, bytes), largePartBytes]);
	for (const bytesOfPart of sizes) await sink.expectFile(path, bytesOfPart);
	await sink.expectFile(warmUpPath, smallBytes);
	const worker = (key: string, contender: string, job: JobOptions): Row => {
		const whole = { ...job, url, packageFolder, path, warmUpPath };
		return {
			key,
			contender,
			measure: async () =>
				await measureWorker([], 'worker.ts', whole, sink.certificate, async () => await sink.reset()),
		};
	};
	const inN8n = (kind: N8nKind, contender: string): Row => ({
		key: kind,
		contender,
		measure: async () => {
			if (n8n === undefined) throw new Error('n8n was not started');
			return await n8n.measure(kind, path, warmUpPath, async () => await sink.reset());
		},
	});

	const rows = [
		worker('masv-disk', 'this uploader, disk', { kind: 'masv-disk' }),
		worker('masv-disk-100m', 'this uploader, disk, parts of 100 MiB', {
			kind: 'masv-disk',
			partBytes: largePartBytes,
		}),
		worker('masv-disk-always', 'this uploader, disk, Verify Parts: Always', {
			kind: 'masv-disk',
			verifyParts: 'always',
		}),
		worker('masv-disk-never', 'this uploader, disk, Verify Parts: Never', { kind: 'masv-disk', verifyParts: 'never' }),
		worker('masv-stream', 'this uploader, stream source', { kind: 'masv-stream' }),
	];
	if (wants('curl')) {
		const piecesFolder = join(folder, 'files', `${sizeText(bytes).replace(' ', '-')}-parts`);
		const pieces = await cutFile(path, piecesFolder, piecesBytes(bytes), partBytes);
		const uploads = Array.from({ length: Math.ceil(bytes / partBytes) }, (_, index) => {
			return pieces[index % pieces.length] as string;
		});
		rows.push(curlRow('curl', [], url, sink, uploads, warmUpPath));
	}
	if (limitProgram !== undefined) {
		const limit = [limitProgram, sinkAddresses.local, `${sink.port}`, sink.certificate, path, `${partBytes}`];
		rows.push({
			key: 'limit',
			contender: 'C with OpenSSL, upper bound',
			measure: async () => {
				await sink.reset();
				// The mapped file would count as the program's memory.
				return { ...(await runMeasured([], [...limit, `${parallelParts}`])), peakMebibytes: NaN };
			},
		});
	}
	rows.push(
		worker('lib-storage', '@aws-sdk/lib-storage', { kind: 'lib-storage', partBytes: 8 * mebibyte, parallelParts }),
		inN8n('n8n-masv-disk', 'in n8n: this node, path on disk'),
		inN8n('n8n-masv-binary', 'in n8n: this node, filesystem binary'),
		inN8n('n8n-aws-s3', "in n8n: n8n's AWS S3 node"),
	);
	return {
		title: `${sizeText(bytes)} file`,
		bytes,
		files: 1,
		unit: { name: 'GiB/s', digits: 2, each: bytes / mebibyte / 1024 },
		base: 'masv-disk',
		rows: rows.filter(({ key }) => wants(key)),
		prepare: async () => await warm(path),
	};
}

export async function smallFilesSection(context: BenchContext): Promise<Section> {
	const { folder, sink, packageFolder, options, wants } = context;
	const files = options.smallFiles;
	const content = randomBytes(smallBytes);
	const path = await makeSmallFiles(join(folder, 'files', 'small'), files, content);
	const warmUpPath = await makeSmallFiles(join(folder, 'files', 'small-warm-up'), warmUpFiles, content);
	await sink.expectFile(join(path, '0.bin'), smallBytes);
	const row = (kind: Job['kind'], contender: string): Row => {
		const job = { kind, url: `https://localhost:${sink.port}`, packageFolder, path, warmUpPath };
		return {
			key: kind,
			contender,
			measure: async () => await measureWorker([], 'worker.ts', job, sink.certificate, async () => await sink.reset()),
		};
	};
	return {
		title: `${files.toLocaleString('en')} files of 10 KiB`,
		bytes: files * smallBytes,
		files,
		unit: { name: 'files/s', digits: 0, each: files },
		base: 'small-masv',
		rows: [row('small-masv', 'this uploader, disk'), row('small-bare', 'the same requests, bare (undici)')].filter(
			({ key }) => wants(key),
		),
		prepare: () => Promise.resolve(),
	};
}

/** Small files over distance. @throws Error if the link cannot be created */
export async function farSmallSection(context: BenchContext): Promise<{ section: Section; link: Link }> {
	const { folder, sink, packageFolder, options } = context;
	const link = await createLink(folder, farLink);
	const files = options.smallFiles;
	const content = randomBytes(smallBytes);
	const path = await makeSmallFiles(join(folder, 'files', 'far-small'), files, content);
	const warmUpPath = await makeSmallFiles(join(folder, 'files', 'far-warm-up'), 1, content);
	await sink.expectFile(join(path, '0.bin'), smallBytes);
	const url = `https://${sinkAddresses.farAway}:${sink.port}`;
	const job: Job = { kind: 'small-masv', url, packageFolder, path, warmUpPath };
	const measure = async (): Promise<Usage> =>
		await measureWorker(link.prefix, 'worker.ts', job, sink.certificate, async () => await sink.reset());
	const section: Section = {
		title: `${files.toLocaleString('en')} files of 10 KiB over ${farLink.roundTripMs} ms`,
		bytes: files * smallBytes,
		files,
		unit: { name: 'files/s', digits: 0, each: files },
		base: 'far-small-masv',
		rows: [{ key: 'far-small-masv', contender: 'this uploader, disk', measure }],
		prepare: () => Promise.resolve(),
	};
	return { section, link };
}

/** @throws Error if the link cannot be created */
export async function linkSection(context: BenchContext): Promise<{ section: Section; link: Link }> {
	const { folder, sink, packageFolder, options, wants } = context;
	const bytes = options.linkBytes;
	const link = await createLink(folder, slowLink);
	const url = `https://${sinkAddresses.farAway}:${sink.port}`;
	const path = await makeFile(join(folder, 'files', 'link.bin'), bytes);
	const warmUpPath = await makeFile(join(folder, 'files', 'warm-up.bin'), smallBytes);
	const linkPartBytes = Math.max(smallestPartBytes, Math.ceil(bytes / parallelParts));
	const pieces = await cutFile(path, join(folder, 'files', 'link-parts'), bytes, linkPartBytes);
	await sink.expectFile(path, linkPartBytes);
	await sink.expectFile(warmUpPath, smallBytes);
	const worker = (key: string, contender: string, job: JobOptions): Row => {
		const whole = { ...job, url, packageFolder, path, warmUpPath };
		return {
			key,
			contender,
			measure: async () =>
				await measureWorker(link.prefix, 'worker.ts', whole, sink.certificate, async () => await sink.reset()),
		};
	};
	const section: Section = {
		title: `${sizeText(bytes)} file, slow link with packet loss`,
		bytes,
		files: 1,
		unit: { name: 'MiB/s', digits: 2, each: bytes / mebibyte },
		base: 'link-masv',
		rows: [
			worker('link-masv', 'this uploader, disk', { kind: 'masv-disk' }),
			worker('link-masv-8', 'this uploader, always 8 parts', { kind: 'masv-disk', parallelParts: 8 }),
			worker('link-masv-64', 'this uploader, always 64 parts', { kind: 'masv-disk', parallelParts: 64 }),
			curlRow('link-curl', link.prefix, url, sink, pieces, warmUpPath),
			worker('link-lib-storage', '@aws-sdk/lib-storage', {
				kind: 'lib-storage',
				partBytes: 8 * mebibyte,
				parallelParts,
			}),
		].filter(({ key }) => wants(key)),
		prepare: async () => await warm(path),
	};
	return { section, link };
}

/** Subtracts the peak of a run with almost no work, because a new process has no idle state. */
export function aboveIdle({ peakMebibytes, ...usage }: Usage, idle: Usage): Usage {
	return { ...usage, peakMebibytes: Math.max(0, peakMebibytes - idle.peakMebibytes) };
}

/** One process that sends many parts in parallel. curl cannot upload a range, so each part is a file. */
function curlRow(key: string, prefix: string[], url: string, sink: Sink, uploads: string[], warmUpPath: string): Row {
	const send = async (paths: string[]): Promise<Usage> => {
		const transfers = paths.map((path, index) => {
			const target = `${url}/bucket/curl?partNumber=${index + 1}&uploadId=upload`;
			return `upload-file = "${path}"\nurl = "${target}"\noutput = "/dev/null"\n`;
		});
		const words = ['--parallel', '--parallel-immediate', '--parallel-max', `${parallelParts}`, '--http1.1'];
		const quiet = ['--silent', '--show-error', '--fail', '--header', 'Expect:'];
		return await runMeasured(
			prefix,
			['curl', ...words, ...quiet, '--cacert', sink.certificate, '--config', '-'],
			transfers.join(''),
		);
	};
	let idle: Promise<Usage> | undefined;
	return {
		key,
		contender: `curl -Z, ${parallelParts} at a time`,
		measure: async () => {
			idle ??= send([warmUpPath]);
			await idle;
			await sink.reset();
			return aboveIdle(await send(uploads), await idle);
		},
	};
}

/**
 * Measures all rows of a section, round by round, each in a random order: what a row leaves behind, such as memory that the kernel
 * has to free, would otherwise slow down the same other row each time.
 */
export async function measureSection(
	section: Section,
	rounds: number,
	sink: Sink,
	log: (line: string) => void,
): Promise<Map<string, Sample[]>> {
	const samples = new Map<string, Sample[]>(section.rows.map(({ key }) => [key, []]));
	for (let round = 0; round < rounds; round++) {
		await section.prepare();
		for (const row of shuffled(section.rows)) {
			const usage = await row.measure();
			const { requests, bodyBytes } = await sink.counters();
			if (bodyBytes < section.bytes) throw new Error(`${row.contender} moved ${bodyBytes} of ${section.bytes} bytes`);
			samples.get(row.key)?.push({ ...usage, requests });
			log(
				`${section.title}, round ${round + 1} of ${rounds}: ${row.contender}: ${usage.seconds.toFixed(section.unit.each === undefined ? 4 : 2)} s, ` +
					`CPU ${usage.cpuSeconds.toFixed(2)} s, ${usage.peakMebibytes.toFixed(0)} MiB, ${requests} requests` +
					(usage.standstillMs === undefined
						? ''
						: `, event loop still for ${usage.standstillMs.toFixed(0)} ms at most`),
			);
		}
	}
	return samples;
}

function shuffled<T>(items: readonly T[]): T[] {
	const keyed = items.map((item) => ({ item, key: Math.random() }));
	return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

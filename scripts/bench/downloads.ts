import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { runMeasured } from './command.ts';
import { checkContent, objectUrl, packageOf } from './content.ts';
import type { DownloadJob } from './downloadWorker.ts';
import { measureWorker } from './measureWorker.ts';
import type { N8nGetKind } from './n8nDownloads.ts';
import { mebibyte, sizeText } from './options.ts';
import type { Usage } from './proc.ts';
import { aboveIdle, type BenchContext, type Row, type Section, smallBytes, warmUpFiles } from './rows.ts';
import { sinkAddresses } from './sink.ts';

/** This downloader's defaults. */
const rangeBytes = 32 * mebibyte;
const parallelRanges = 8;

/** The programs that are compared with, if they are installed. */
export const downloadPrograms = {
	'get-aria2c': 'aria2c',
	'get-curl': 'curl',
	'get-curl-8': 'curl',
	'get-rclone': 'rclone',
};

/** n8n's AWS S3 node receives a file into one buffer, and Node has none above this size. */
const maxBufferedBytes = 2048 * mebibyte;

export async function downloadSection(context: BenchContext, bytes: number, programs: Set<string>): Promise<Section> {
	const { sink, n8nReceiver, limitProgram, wants } = context;
	for (const size of [bytes, smallBytes]) await sink.serveObject(size);
	const url = `https://localhost:${sink.port}`;
	const worker = (key: string, contender: string, options: WorkerOptions): Row => ({
		key,
		contender,
		measure: async () =>
			await inFolder(context, async (folder) => {
				const usage = await measureDownload(context, folder, { kind: 'get-masv', ...options }, [1, bytes], 1);
				await checkReceived(context, folder, 1, bytes);
				return usage;
			}),
	});
	/** @param words the command that receives an object into a file */
	const program = (
		key: string,
		contender: string,
		words: (from: string, into: string, size: number) => string[],
	): Row => {
		const get = async (size: number): Promise<Usage> =>
			await inFolder(context, async (folder) => {
				const file = join(folder, 'file.bin');
				const usage = await runMeasured([], words(objectUrl(url, size), file, size));
				await checkContent(file, size, sink.content);
				return usage;
			});
		let idle: Promise<Usage> | undefined;
		return {
			key,
			contender,
			measure: async () => {
				idle ??= get(smallBytes);
				await idle;
				await sink.reset();
				return aboveIdle(await get(bytes), await idle);
			},
		};
	};
	const inN8n = (kind: N8nGetKind, contender: string): Row => ({
		key: kind,
		contender,
		measure: async () => {
			if (n8nReceiver === undefined) throw new Error('n8n was not started');
			return await n8nReceiver.measure(kind, bytes, smallBytes, sink.content, async () => await sink.reset());
		},
	});
	const { certificate } = sink;
	const limit = [limitProgram ?? '', sinkAddresses.local, `${sink.port}`, certificate];
	const rows = [
		worker('get-masv-disk', 'this downloader, disk', {}),
		worker('get-masv-disk-16', 'this downloader, disk, 16 connections', { parallelRanges: 16 }),
		worker('get-masv-disk-64', 'this downloader, disk, 64 connections', { parallelRanges: 64 }),
		worker('get-masv-disk-always', 'this downloader, disk, verify always', { verifyContent: 'always' }),
		worker('get-masv-disk-never', 'this downloader, disk, verify never', { verifyContent: 'never' }),
		program('get-aria2c', 'aria2c -x8 -s8 -k32M', (from, into) => {
			const [folder, name] = [join(into, '..'), 'file.bin'];
			const how = ['-q', `--ca-certificate=${certificate}`, '-x8', '-s8', '-k32M', '--file-allocation=none'];
			return ['aria2c', ...how, '-d', folder, '-o', name, from];
		}),
		program('get-curl', 'curl, one connection', (from, into) => {
			return ['curl', '--silent', '--fail', '--http1.1', '--cacert', certificate, '--output', into, from];
		}),
		curlInRanges(context, bytes),
		program('get-rclone', 'rclone, 8 streams', (from, into) => {
			const { origin, pathname } = new URL(from);
			const how = ['--multi-thread-streams', '8', '--multi-thread-cutoff', '1M', '--ca-cert', certificate];
			return [
				'rclone',
				'copyto',
				'--config',
				'/dev/null',
				'--http-url',
				origin,
				...how,
				`:http:${pathname.slice(1)}`,
				into,
			];
		}),
		program('get-limit', 'C with OpenSSL, upper bound', (_from, into, size) => {
			return [...limit, into, `${rangeBytes}`, `${parallelRanges}`, `${size}`];
		}),
		inN8n('get-n8n-masv-disk', 'in n8n: this node, to disk'),
		inN8n('get-n8n-masv-binary', 'in n8n: this node, to binary'),
		inN8n('get-n8n-http', "in n8n: n8n's HTTP Request node"),
		...(bytes <= maxBufferedBytes ? [inN8n('get-n8n-s3', "in n8n: n8n's AWS S3 node")] : []),
	];
	const canRun = (key: string): boolean => {
		if (key === 'get-limit') return limitProgram !== undefined;
		const needed = (downloadPrograms as Partial<Record<string, string>>)[key];
		return needed === undefined || programs.has(needed);
	};
	return {
		title: `${sizeText(bytes)} download`,
		bytes,
		files: 1,
		unit: { name: 'GiB/s', digits: 2, each: bytes / mebibyte / 1024 },
		base: 'get-masv-disk',
		rows: rows.filter(({ key }) => wants(key) && canRun(key)),
		prepare: () => Promise.resolve(),
	};
}

type WorkerOptions = Pick<DownloadJob, 'parallelRanges' | 'verifyContent'>;

/** Eight processes, because one process receives all its ranges in one thread. Each writes a file of its own. */
function curlInRanges(context: BenchContext, bytes: number): Row {
	const { sink } = context;
	const share = Math.ceil(bytes / parallelRanges);
	const starts = Array.from({ length: parallelRanges }, (_, index) => index * share);
	const url = objectUrl(`https://localhost:${sink.port}`, bytes);
	return {
		key: 'get-curl-8',
		contender: 'curl, 8 processes with a range each',
		measure: async () =>
			await inFolder(context, async (folder) => {
				const how = `curl --silent --fail --http1.1 --cacert ${sink.certificate}`;
				const gets = starts.map((start) => {
					return `${how} --range ${start}-${Math.min(start + share, bytes) - 1} --output ${folder}/${start} ${url} &`;
				});
				await sink.reset();
				const usage = await runMeasured([], ['bash', '-c', `${gets.join(' ')} wait`]);
				for (const start of starts) {
					await checkContent(join(folder, `${start}`), Math.min(share, bytes - start), sink.content, start);
				}
				return { ...usage, peakMebibytes: NaN };
			}),
	};
}

export async function smallDownloadSection(context: BenchContext): Promise<Section> {
	const { sink, options, wants } = context;
	const files = options.smallFiles;
	await sink.serveObject(smallBytes);
	const row = (key: string, kind: DownloadJob['kind'], contender: string): Row => ({
		key,
		contender,
		measure: async () =>
			await inFolder(context, async (folder) => {
				const usage = await measureDownload(context, folder, { kind }, [files, smallBytes], warmUpFiles);
				if (kind === 'get-masv') await checkReceived(context, folder, files, smallBytes);
				return usage;
			}),
	});
	const rows = [
		row('get-small-masv', 'get-masv', 'this downloader, disk'),
		row('get-small-bare', 'get-bare', 'the same requests, bare (undici)'),
	];
	return {
		title: `${files.toLocaleString('en')} downloads of 10 KiB`,
		bytes: files * smallBytes,
		files,
		unit: { name: 'files/s', digits: 0, each: files },
		base: 'get-small-masv',
		rows: rows.filter(({ key }) => wants(key)),
		prepare: () => Promise.resolve(),
	};
}

async function measureDownload(
	{ sink, packageFolder }: BenchContext,
	targetFolder: string,
	options: Pick<DownloadJob, 'kind'> & WorkerOptions,
	[files, bytes]: [files: number, bytes: number],
	warmUps: number,
): Promise<Usage> {
	const job: DownloadJob = {
		...options,
		url: `https://localhost:${sink.port}`,
		packageFolder,
		targetFolder,
		packageId: packageOf(files, bytes),
		warmUpPackageId: packageOf(warmUps, smallBytes),
	};
	return await measureWorker([], 'downloadWorker.ts', job, sink.certificate, async () => await sink.reset());
}

/** All that the worker has received of a package. */
async function checkReceived({ sink }: BenchContext, folder: string, files: number, bytes: number): Promise<void> {
	const found = join(folder, packageOf(files, bytes), 'bench');
	const names = (await readdir(found)).filter((name) => name.endsWith('.bin'));
	if (names.length !== files) throw new Error(`${names.length} of ${files} files were received`);
	for (const name of names) await checkContent(join(found, name), bytes, sink.content);
}

/** A folder that is removed afterwards. */
async function inFolder<T>({ targetFolder }: BenchContext, work: (folder: string) => Promise<T>): Promise<T> {
	await mkdir(targetFolder, { recursive: true });
	const folder = await mkdtemp(join(targetFolder, 'get-'));
	try {
		return await work(folder);
	} finally {
		await rm(folder, { recursive: true, force: true, maxRetries: 3 });
	}
}

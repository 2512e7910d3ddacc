/**
 * One contender that runs in Node, in a separate process. It loads its modules, warms up with a very small upload, sends
 * "ready", and waits for "go"; its usage from then on is measured from outside. The job is the first argument, as JSON.
 */
import { createReadStream, statSync } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { Agent, request } from 'undici';

import { loadBuilt } from './builtModules.ts';
import { timed } from './timed.ts';

import type { FileSource, OpenStream } from '../../masv/transfer/source.ts';
import type { VerifyParts } from '../../masv/upload/partChecks.ts';

export interface Job {
	kind: 'masv-disk' | 'masv-stream' | 'lib-storage' | 'small-masv' | 'small-bare';
	/** The sink's URL. */
	url: string;
	/** Folder of the package, installed as its users have it. */
	packageFolder: string;
	/** A file, or a folder of small files. */
	path: string;
	/** A very small file or folder for warming up. */
	warmUpPath: string;
	parallelParts?: number;
	partBytes?: number;
	verifyParts?: VerifyParts;
	/** How many times the file is sent at the same time. Default: 1. */
	transfers?: number;
}

type Run = (path: string) => Promise<void>;

const job = JSON.parse(process.argv[2] ?? '') as Job;
const run = await prepare();
await run(job.warmUpPath);
process.on('message', () => void go());
process.on('disconnect', () => process.exit());
process.send?.('ready');

async function go(): Promise<void> {
	const all = async (): Promise<unknown> =>
		await Promise.all(Array.from({ length: job.transfers ?? 1 }, async () => await run(job.path)));
	process.send?.(await timed(all));
}

async function prepare(): Promise<Run> {
	switch (job.kind) {
		case 'masv-disk':
		case 'masv-stream':
		case 'small-masv':
			return masv();
		case 'lib-storage':
			return await libStorage();
		case 'small-bare':
			return bareRequests();
	}
}

/** This uploader, called as by the node. */
function masv(): Run {
	const { packageFolder } = job;
	const { MasvClient } = loadBuilt(packageFolder, 'masv/client.js');
	const { platform } = loadBuilt(packageFolder, 'nodes/Masv/platform/index.js');
	const { transportFor, clock, hashing, disk, load, lines, memoryShares } = platform;
	const { sendPackage } = loadBuilt(packageFolder, 'masv/upload/sendPackage.js');
	const transport = transportFor(undefined);
	return async (path) => {
		const client = new MasvClient({ transport, clock, hashing, baseUrl: job.url, apiKey: 'bench', teamId: 'bench' });
		// Not through the disk port: only the upload is measured, not the listing.
		const toSource = (file: string): FileSource => {
			const { size, mtimeMs, mtimeNs, ctimeNs, dev, ino } = statSync(file, { bigint: true });
			const bytes = Number(size);
			const [modified, changed, device, inode] = [mtimeNs, ctimeNs, dev, ino].map(String) as [
				string,
				string,
				string,
				string,
			];
			const stamp = { bytes, modified, changed, device, inode };
			const facts = { name: basename(file), path: '', bytes, modifiedAt: new Date(Number(mtimeMs)), stamp };
			if (job.kind !== 'masv-stream') return disk.source(file, facts);
			// As n8n provides files from its binary data stores.
			const open = (): Promise<OpenStream> => {
				const pieces = createReadStream(file, { highWaterMark: 1024 * 1024 });
				return Promise.resolve({ pieces, close: () => void pieces.destroy() });
			};
			return { ...facts, kind: 'stream' as const, open };
		};
		const sources: FileSource[] = [];
		for (const file of await filesAt(path)) {
			// Otherwise, this would be the longest standstill of the event loop.
			if (sources.length % 100 === 99) await new Promise((resolve) => setImmediate(resolve));
			sources.push(toSource(file));
		}
		const target = { name: 'bench', description: '', recipients: [] };
		const { parallelParts, partBytes, verifyParts } = job;
		await sendPackage(client, {
			target: { kind: 'team', request: target },
			sources,
			unfinished: 'keep',
			...(parallelParts === undefined ? { lines } : { parallelParts }),
			...(partBytes !== undefined && { partBytes }),
			...(verifyParts !== undefined && { verifyParts }),
			load,
			memoryShares,
		});
	};
}

async function filesAt(path: string): Promise<string[]> {
	if (!statSync(path).isDirectory()) return [path];
	const files: string[] = [];
	// In pieces: all at once would be the longest standstill of the event loop.
	for await (const { name } of await opendir(path, { bufferSize: 1_000 })) files.push(join(path, name));
	return files;
}

async function libStorage(): Promise<Run> {
	const { S3Client } = await import('@aws-sdk/client-s3');
	const { Upload } = await import('@aws-sdk/lib-storage');
	const client = new S3Client({
		endpoint: job.url,
		region: 'us-east-1',
		forcePathStyle: true,
		credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
	});
	return async (path) => {
		const { parallelParts: queueSize, partBytes: partSize } = job;
		await new Upload({
			client,
			params: { Bucket: 'bucket', Key: 'file', Body: createReadStream(path) },
			...(queueSize !== undefined && { queueSize }),
			...(partSize !== undefined && { partSize }),
		}).done();
	};
}

/**
 * Only the five requests that a small file needs: no decoding, no checks, no retries, and the files are read in advance.
 */
function bareRequests(): Run {
	// As many files at a time as the uploader sends.
	const filesAtOnce = 20;
	const dispatcher = new Agent({ pipelining: 1 });
	const headers = { 'content-type': 'application/json', accept: 'application/json', 'x-package-token': 'token' };
	const send = async (method: 'POST' | 'PUT', path: string, body?: string | Buffer): Promise<void> => {
		const answer = await request(job.url + path, {
			method,
			dispatcher,
			...(path.startsWith('/v1') && { headers }),
			...(body !== undefined && { body }),
		});
		await answer.body.text();
		if (answer.statusCode > 299) throw new Error(`${path}: ${answer.statusCode}`);
	};
	return async (path) => {
		const left = await filesAt(path);
		const content = Buffer.alloc(statSync(left[0] as string).size, 'x');
		const size = content.length;
		const work = async (): Promise<void> => {
			for (let file = left.pop(); file !== undefined; file = left.pop()) {
				const facts = { kind: 'file', name: file, path: '', last_modified: new Date(), size, chunk_size: 33_554_432 };
				await send('POST', '/v1/packages/package/files', JSON.stringify(facts));
				await send('POST', '/bucket/file?uploads');
				const place = '/v1/packages/package/files/file';
				await send('POST', `${place}?start=0&count=1`, JSON.stringify({ upload_id: 'upload' }));
				await send('PUT', '/bucket/file?partNumber=1&uploadId=upload', content);
				const parts = [{ part_number: '1', etag: '"0"' }];
				await send(
					'POST',
					`${place}/finalize`,
					JSON.stringify({ size, chunk_size: 33_554_432, file_extras: {}, chunk_extras: parts }),
				);
			}
		};
		await Promise.all(Array.from({ length: filesAtOnce }, work));
	};
}

/**
 * One contender that runs in Node, in a separate process. It loads its modules, warms up with a very small upload, sends
 * "ready", and waits for "go"; its usage from then on is measured from outside. The job is the first argument, as JSON.
 */
import { createReadStream, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { Agent, request } from 'undici';

import { fakeN8n } from '../../test/support/fakeN8n.ts';
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
	const { transportFor, clock, hashing, load, lines, memoryShares } = platform;
	const { sendPackage } = loadBuilt(packageFolder, 'masv/upload/sendPackage.js');
	const { diskSources } = loadBuilt(packageFolder, 'nodes/Masv/files/diskSources.js');
	const { n8n } = fakeN8n({});
	const listed = async (path: string): Promise<FileSource[]> => (await diskSources(n8n, path, '', [])).sources;
	const transport = transportFor(undefined);
	return async (path) => {
		const client = new MasvClient({ transport, clock, hashing, baseUrl: job.url, apiKey: 'bench', teamId: 'bench' });
		const sources = job.kind === 'masv-stream' ? [streamSource(path)] : await listed(path);
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

/** As n8n provides a file from its binary data stores. */
function streamSource(path: string): FileSource {
	const { size, mtime } = statSync(path);
	const open = (): Promise<OpenStream> => {
		const pieces = createReadStream(path, { highWaterMark: 1024 * 1024 });
		return Promise.resolve({ pieces, close: () => void pieces.destroy() });
	};
	return { kind: 'stream', name: basename(path), path: '', bytes: size, modifiedAt: mtime, open };
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
		const left = (await readdir(path)).map((name) => join(path, name));
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

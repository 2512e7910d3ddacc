/**
 * One receiver that runs in Node, in a separate process. It loads its modules, warms up with very small files, sends "ready",
 * and waits for "go"; its usage from then on is measured from outside. The job is the first argument, as JSON.
 */
import { join } from 'node:path';

import { Agent, request } from 'undici';

import { loadBuilt } from './builtModules.ts';
import { timed } from './timed.ts';

import type { VerifyContent } from '../../masv/download/contentChecks.ts';

export interface DownloadJob {
	kind: 'get-masv' | 'get-bare';
	/** The sink's URL. */
	url: string;
	/** Folder of the package, installed as its users have it. */
	packageFolder: string;
	/** Gets one folder per package, and the folder for resuming. */
	targetFolder: string;
	packageId: string;
	warmUpPackageId: string;
	parallelRanges?: number;
	rangeBytes?: number;
	verifyContent?: VerifyContent;
}

type Run = (packageId: string) => Promise<void>;

const job = JSON.parse(process.argv[2] ?? '') as DownloadJob;
const run = job.kind === 'get-masv' ? masv() : bareRequests();
await run(job.warmUpPackageId);
process.on('message', () => void go());
process.on('disconnect', () => process.exit());
process.send?.('ready');

async function go(): Promise<void> {
	process.send?.(await timed(async () => await run(job.packageId)));
}

/** This downloader, called as by the node. */
function masv(): Run {
	const { packageFolder } = job;
	const { MasvClient } = loadBuilt(packageFolder, 'masv/client.js');
	const { platform } = loadBuilt(packageFolder, 'nodes/Masv/platform/index.js');
	const { receivePackage } = loadBuilt(packageFolder, 'masv/download/receivePackage.js');
	const { clock, hashing, load, lines, memoryShares } = platform;
	const transport = platform.transportFor(undefined);
	process.env.N8N_USER_FOLDER = job.targetFolder;
	return async (packageId) => {
		const client = new MasvClient({ transport, clock, hashing, baseUrl: job.url, apiKey: 'bench', teamId: 'bench' });
		const onError = (folder: string, reason: string): void => console.error(folder, reason);
		const folder = join(job.targetFolder, packageId);
		const target = await platform.openTarget(folder, () => undefined);
		const { parallelRanges, rangeBytes, verifyContent } = job;
		try {
			await receivePackage(client, {
				...platform.bookkeeping(onError, undefined),
				source: { kind: 'package', packageId },
				target,
				ifExists: 'skip',
				infected: false,
				archives: false,
				isWanted: () => true,
				load,
				lines,
				memoryShares,
				...(parallelRanges !== undefined && { parallelRanges }),
				...(rangeBytes !== undefined && { rangeBytes }),
				...(verifyContent !== undefined && { verifyContent }),
			});
		} finally {
			target.close();
		}
	};
}

/** Only the two requests that a small file needs: no decoding, no checks, no retries, and nothing is written. */
function bareRequests(): Run {
	// As many files at a time as the downloader receives.
	const filesAtOnce = 16;
	const dispatcher = new Agent({ pipelining: 1 });
	const headers = { accept: 'application/json', 'x-package-token': 'token' };
	const get = async (url: string): Promise<ArrayBuffer> => {
		const answer = await request(url, { dispatcher, ...(url.includes('/v1') && { headers }) });
		if (answer.statusCode > 299) throw new Error(`${url}: ${answer.statusCode}`);
		return await answer.body.arrayBuffer();
	};
	return async (packageId) => {
		const left = Array.from({ length: Number(packageId.split('-')[1]) }, (_, index) => index);
		const work = async (): Promise<void> => {
			for (let file = left.pop(); file !== undefined; file = left.pop()) {
				const address = await get(`${job.url}/v1/packages/${packageId}/files/file${file}/download`);
				const { url } = JSON.parse(Buffer.from(address).toString()) as { url: string };
				await get(url);
			}
		};
		await Promise.all(Array.from({ length: filesAtOnce }, work));
	};
}

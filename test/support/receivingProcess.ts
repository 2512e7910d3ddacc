/**
 * One of several processes that receive a package into the same folder. Says "waiting" while another one has the right to it, and
 * "ready" before it requests content; goes on when it is told to. At the end, it reports what it has received, or the code of
 * its error. The job comes as JSON in the first argument.
 */
import { once } from 'node:events';

import { MasvClient } from '../../masv/client';
import type { MasvError } from '../../masv/errors';
import { folderJournal } from '../../masv/node/folderJournal';
import { folderLeases } from '../../masv/node/folderLeases';
import { nodeHashing } from '../../masv/node/nodeHashing';
import { createNodeTransport } from '../../masv/node/nodeTransport';
import { systemClock } from '../../masv/node/systemClock';
import type { Transport } from '../../masv/transport';
import { receiveToDisk } from './receiveToDisk';

export interface ReceivingJob {
	baseUrl: string;
	apiKey: string;
	teamId: string;
	packageId: string;
	folder: string;
	/** Where it notes what it does, and takes the right to it. */
	notes: string;
}

export type ReceivingReport = { received: string[]; folder: string } | { code: string };

async function main({ packageId, folder, notes, ...account }: ReceivingJob): Promise<void> {
	const told = once(process, 'message');
	const real = createNodeTransport();
	const transport: Transport = async (request) => {
		if (request.content !== undefined) {
			process.send?.('ready');
			await told;
		}
		return await real(request);
	};
	const sleep = async (_ms: number, signal?: AbortSignal): Promise<void> => {
		process.send?.('waiting');
		await systemClock.sleep(50, signal);
	};
	const clock = { ...systemClock, sleep };
	const client = new MasvClient({ ...account, transport, clock, hashing: nodeHashing });
	const received = receiveToDisk(client, folder, {
		...{ packageId, parallelRanges: 1, ifRunning: 'wait' },
		journal: folderJournal(notes),
		leases: folderLeases(notes, systemClock, { beatMs: 200, silenceMs: 20_000 }),
	});
	const report: ReceivingReport = await received.then(
		({ files, folder: where }) => ({ received: files.map(({ name }) => name), folder: where }),
		({ code, message }: MasvError) => ({ code: code ?? message }),
	);
	await real.destroy();
	process.send?.(report, () => process.disconnect());
}

void main(JSON.parse(process.argv[2] ?? '') as ReceivingJob);

/**
 * A process that receives a package into a folder, and reports each line that it has noted, and its result. It may be killed at
 * any moment. The job comes as JSON in the first argument.
 */
import { MasvClient } from '../../masv/client';
import { folderJournal } from '../../masv/node/folderJournal';
import { folderLeases } from '../../masv/node/folderLeases';
import { nodeHashing } from '../../masv/node/nodeHashing';
import { createNodeTransport } from '../../masv/node/nodeTransport';
import { systemClock } from '../../masv/node/systemClock';
import type { Journal } from '../../masv/transfer/journal';
import { receiveToDisk } from './receiveToDisk';

export interface ReceivingJob {
	baseUrl: string;
	apiKey: string;
	teamId: string;
	packageId: string;
	folder: string;
	notes: string;
	rangeBytes: number;
}

async function main({ packageId, folder, notes, rangeBytes, ...account }: ReceivingJob): Promise<void> {
	const transport = createNodeTransport();
	const client = new MasvClient({ ...account, transport, clock: systemClock, hashing: nodeHashing });
	const files = folderJournal(notes);
	const journal: Journal = {
		...files,
		open: async (key) => {
			const record = await files.open(key);
			return {
				...record,
				append: async (line, options) => {
					await record.append(line, options);
					process.send?.({ noted: line });
				},
			};
		},
	};
	const result = await receiveToDisk(client, folder, {
		packageId,
		journal,
		leases: folderLeases(notes, systemClock, { beatMs: 50, silenceMs: 500 }),
		parallelRanges: 1,
		rangeBytes,
	});
	await transport.destroy();
	process.send?.({ result });
}

void main(JSON.parse(process.argv[2] ?? '') as ReceivingJob);

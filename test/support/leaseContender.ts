/**
 * One of several processes that want the same leases. Wants all of them at once, writes down which it got, and says "done";
 * then it keeps what it has until it is killed. The job comes as JSON in the first argument.
 */
import { appendFileSync } from 'node:fs';

import { folderLeases } from '../../masv/node/folderLeases';
import { systemClock } from '../../masv/node/systemClock';

interface Job {
	folder: string;
	log: string;
	keys: string[];
}

async function main({ folder, log, keys }: Job): Promise<void> {
	const leases = folderLeases(folder, systemClock, { beatMs: 500, silenceMs: 5_000 });
	await Promise.all(
		keys.map(async (key) => {
			const lease = await leases.take(key);
			if (typeof lease === 'object' && (await lease.isHeld())) appendFileSync(log, `${key}\n`);
		}),
	);
	process.send?.('done');
}

void main(JSON.parse(process.argv[2] ?? '') as Job);

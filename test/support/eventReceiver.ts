/**
 * One of several processes that get the same events. Says "ready", and at the message "go" claims all of them at once, writes
 * down which were granted, and keeps them unless it is told not to. Then it says "done" and waits to be killed. The job
 * comes as JSON in the first argument.
 */
import { appendFileSync } from 'node:fs';

import { createEventMemory } from '../../masv/node/fileEventMemory';
import { systemClock } from '../../masv/node/systemClock';

interface Job {
	folder: string;
	log: string;
	keys: string[];
	keeps: boolean;
}

function fail(error: unknown): never {
	throw error;
}

function main({ folder, log, keys, keeps }: Job): void {
	const times = { beatMs: 500, silenceMs: 5_000, maxWaitMs: 30_000 };
	const memory = createEventMemory(folder, systemClock, fail, times);
	const receive = async (key: string): Promise<void> => {
		if ((await memory.claim(key)) !== 'granted') return;
		appendFileSync(log, `${key}\n`);
		if (keeps) memory.keep(key);
	};
	process.once('message', () => void Promise.all(keys.map(receive)).then(() => process.send?.('done')));
	process.send?.('ready');
}

main(JSON.parse(process.argv[2] ?? '') as Job);

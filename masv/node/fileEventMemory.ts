import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../clock';
import type { EventMemory } from '../webhooks/eventMemory';

/** The attempts to deliver one event are minutes or hours apart; this is weeks of busy portals. */
const maxEvents = 10_000;

/** As long as a sender may be expected to wait for its answer. */
const patienceMs = 10_000;

/**
 * A memory in a file of one line per event; several processes may share it. Not in n8n's static data: each delivery gets a
 * copy of that and all of it is written back, so of two at the same moment one is lost.
 * @param clock waits with those who ask for what somebody else is at
 * @param onTrouble told once when the file cannot be read or written; then events are remembered until the process ends
 */
export function createEventMemory(
	file: string,
	clock: Pick<Clock, 'sleep'>,
	onTrouble: (error: unknown) => void,
): EventMemory {
	/** Being handed over, with what ends the wait. Not in the file: should this process die now, the event must come again. */
	const claimed = new Map<string, AbortController>();
	const kept = new Set<string>();
	let fileBytes = 0;
	let isReady = false;
	let isBroken = false;

	const guard = async (step: () => Promise<void>): Promise<void> => {
		if (isBroken) return;
		try {
			await step();
		} catch (error) {
			isBroken = true;
			onTrouble(error);
		}
	};
	const refresh = async (): Promise<void> => {
		if (!isReady) await mkdir(dirname(file), { recursive: true, mode: 0o700 });
		isReady = true;
		const found = await stat(file).catch(emptyIfMissing);
		// As long as it was left: nobody else has written to it.
		if (found === '' || found.size === fileBytes) return;
		const text = await readFile(file, 'utf8').catch(emptyIfMissing);
		fileBytes = Buffer.byteLength(text);
		for (const key of text.split('\n')) if (key !== '') remember(kept, key);
	};
	const write = (key: string): void => {
		const line = `${key}\n`;
		if (fileBytes < 4 * maxEvents * line.length) {
			// Before anything else can happen: whoever has got the answer may end this process in the next moment.
			appendFileSync(file, line, { mode: 0o600 });
			fileBytes += line.length;
			return;
		}
		const text = [...kept].map((each) => `${each}\n`).join('');
		writeFileSync(`${file}.new`, text, { mode: 0o600 });
		renameSync(`${file}.new`, file);
		fileBytes = text.length;
	};

	/** False: it has been waited for long enough. */
	const isDecided = async ({ signal }: AbortController): Promise<boolean> => {
		await clock.sleep(patienceMs, signal).catch(() => undefined);
		return signal.aborted;
	};
	const settle = (key: string): void => {
		claimed.get(key)?.abort();
		claimed.delete(key);
	};

	return {
		claim: async (key) => {
			await guard(refresh);
			for (let other = claimed.get(key); other !== undefined; other = claimed.get(key)) {
				// To say now that it is known would lose it, should the other one fail.
				if (!(await isDecided(other))) return 'undecided';
			}
			if (kept.has(key)) return 'known';
			claimed.set(key, new AbortController());
			return 'granted';
		},
		keep: (key) => {
			remember(kept, key);
			void guard(async () => await Promise.resolve(write(key)));
			settle(key);
		},
		release: settle,
		forget: async () => {
			kept.clear();
			fileBytes = 0;
			await rm(file, { force: true });
		},
	};
}

/** The oldest go first. */
function remember(keys: Set<string>, key: string): void {
	keys.add(key);
	if (keys.size > maxEvents) keys.delete(keys.values().next().value as string);
}

function emptyIfMissing(error: NodeJS.ErrnoException): '' {
	if (error.code === 'ENOENT') return '';
	throw error;
}

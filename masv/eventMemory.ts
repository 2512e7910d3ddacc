import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Which events have been handed over already, also before a restart. */
export interface EventMemory {
	/** True for the first who asks for an event; from then on it is taken. */
	claim(key: string): Promise<boolean>;
	/** The event was handed over: never again. */
	keep(key: string): void;
	/** Handing it over failed: it may come again. */
	release(key: string): void;
	/** Nothing of it is needed any more. */
	forget(): Promise<void>;
}

/** The attempts to deliver one event are minutes or hours apart; this is weeks of busy portals. */
const maxEvents = 10_000;

/**
 * A memory in a file of one line per event; several processes may share it. Not in n8n's static data: each delivery gets a
 * copy of that and all of it is written back, so of two at the same moment one is lost.
 * @param onTrouble told once when the file cannot be read or written; then events are remembered until the process ends
 */
export function createEventMemory(file: string, onTrouble: (error: unknown) => void): EventMemory {
	/** Being handed over. Not in the file: should this process die now, the event must come again. */
	const claimed = new Set<string>();
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

	return {
		claim: async (key) => {
			await guard(refresh);
			if (kept.has(key) || claimed.has(key)) return false;
			remember(claimed, key);
			return true;
		},
		keep: (key) => {
			claimed.delete(key);
			remember(kept, key);
			void guard(async () => await Promise.resolve(write(key)));
		},
		release: (key) => void claimed.delete(key),
		forget: async () => {
			claimed.clear();
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

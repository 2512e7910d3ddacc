import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../clock';
import type { EventMemory } from '../webhooks/eventMemory';

/** Enough for weeks of busy portals. Attempts to deliver an event are minutes or hours apart. */
const maxEvents = 10_000;

/** How long a sender can be expected to wait for the response. */
const maxWaitMs = 10_000;

/**
 * Stores received events in a file, one per line, which several processes may share. n8n's static data is not suitable:
 * each delivery writes back its own copy, so one of two simultaneous events would be lost.
 * @param clock to wait for another delivery of the same event
 * @param onError called once if the file cannot be read or written; events are then kept in memory only
 */
export function createEventMemory(
	file: string,
	clock: Pick<Clock, 'sleep'>,
	onError: (error: unknown) => void,
): EventMemory {
	/** Deliveries in progress; abort ends the wait. Not in the file: after a crash, the event must be accepted again. */
	const claimed = new Map<string, AbortController>();
	const kept = new Set<string>();
	let fileBytes = 0;
	let isReady = false;
	let isDisabled = false;

	const guard = async (step: () => Promise<void>): Promise<void> => {
		if (isDisabled) return;
		try {
			await step();
		} catch (error) {
			isDisabled = true;
			onError(error);
		}
	};
	const refresh = async (): Promise<void> => {
		if (!isReady) await mkdir(dirname(file), { recursive: true, mode: 0o700 });
		isReady = true;
		const fileStats = await stat(file).catch(emptyIfMissing);
		// Same size: no other process has written to it.
		if (fileStats === '' || fileStats.size === fileBytes) return;
		const text = await readFile(file, 'utf8').catch(emptyIfMissing);
		fileBytes = Buffer.byteLength(text);
		for (const key of text.split('\n')) if (key !== '') remember(kept, key);
	};
	const write = (key: string): void => {
		const line = `${key}\n`;
		if (fileBytes < 4 * maxEvents * line.length) {
			// Synchronous, because the process may be killed right after the response.
			appendFileSync(file, line, { mode: 0o600 });
			fileBytes += line.length;
			return;
		}
		const text = [...kept].map((each) => `${each}\n`).join('');
		writeFileSync(`${file}.new`, text, { mode: 0o600 });
		renameSync(`${file}.new`, file);
		fileBytes = text.length;
	};

	/** @returns false after the maximum wait */
	const waitForDecision = async ({ signal }: AbortController): Promise<boolean> => {
		await clock.sleep(maxWaitMs, signal).catch(() => undefined);
		return signal.aborted;
	};
	const settle = (key: string): void => {
		claimed.get(key)?.abort();
		claimed.delete(key);
	};

	return {
		claim: async (key) => {
			await guard(refresh);
			for (let delivery = claimed.get(key); delivery !== undefined; delivery = claimed.get(key)) {
				// If this returned 'known' and the other delivery failed, the event would be lost.
				if (!(await waitForDecision(delivery))) return 'undecided';
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

/** Drops the oldest key when full. */
function remember(keys: Set<string>, key: string): void {
	keys.add(key);
	if (keys.size > maxEvents) keys.delete(keys.values().next().value as string);
}

function emptyIfMissing(error: NodeJS.ErrnoException): '' {
	if (error.code === 'ENOENT') return '';
	throw error;
}

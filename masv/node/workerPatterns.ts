import { Worker } from 'node:worker_threads';

import { throwIfCancelled } from '../errors';
import type { MatchPattern } from '../matchPattern';
import type { Timer } from './callLimit';
import { systemTimer } from './callLimit';

const maxPatternLength = 2_000;
const maxTextLength = 10_000;
const limitMs = 1_000;

/** As a text, because the path of a file in the package differs between sources and build. */
const program = `
const { parentPort, workerData: { pattern, text } } = require('node:worker_threads');
let matches;
try {
	matches = new RegExp(pattern, 'u').test(text);
} catch {}
parentPort.postMessage(matches);
`;

/**
 * Matches in a thread of its own, which is terminated after a second: a regular expression cannot be interrupted. The pattern may
 * be meant for another engine, so it is read in Unicode mode, which refuses what has another meaning there, instead of
 * taking `\A`, `\p{L}` or `[[:alpha:]]` for letters.
 */
export function createMatchPattern(timer: Timer = systemTimer): MatchPattern {
	return async (pattern, text, signal) => {
		throwIfCancelled(signal);
		if (pattern.length > maxPatternLength || text.length > maxTextLength) return undefined;
		const worker = startWorker({ pattern: toStrict(pattern), text });
		if (worker === undefined) return undefined;
		const terminate = (): void => void worker.terminate();
		const stop = timer(terminate, limitMs);
		signal?.addEventListener('abort', terminate);
		const matches = await new Promise<boolean | undefined>((resolve) => {
			worker.once('message', resolve);
			for (const end of ['error', 'exit']) worker.once(end, () => resolve(undefined));
		});
		stop();
		signal?.removeEventListener('abort', terminate);
		await worker.terminate();
		throwIfCancelled(signal);
		return matches;
	};
}

/** Unicode mode also refuses escapes that mean the same everywhere, such as `\-` and `\_`. */
function toStrict(pattern: string): string {
	return pattern.replace(/\\([\s\S])/g, (escape: string, character: string) =>
		' -_@#%&",:;!=~'.includes(character) ? `\\x${character.charCodeAt(0).toString(16)}` : escape,
	);
}

/** @returns undefined where the process may not start threads, for example under Node's permission model */
function startWorker(workerData: object): Worker | undefined {
	try {
		return new Worker(program, { eval: true, workerData, env: {}, resourceLimits: { maxOldGenerationSizeMb: 64 } });
	} catch {
		return undefined;
	}
}

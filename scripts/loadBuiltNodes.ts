/**
 * Loads every entry of the `n8n` block in `package.json` from `dist`, as n8n does.
 *
 *   node scripts/loadBuiltNodes.ts
 *
 * prints the version of the Node that runs it and how many classes were loaded.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { Worker } from 'node:worker_threads';

import type { FromThread, ThreadSettings, ToThread } from '../masv/node/thread/messages.ts';

const root = dirname(import.meta.dirname);
const load = createRequire(import.meta.url);

/** The entries of `package.json`: paths relative to the repository. */
export function builtEntries(): string[] {
	const { n8n } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
		n8n: { nodes: string[]; credentials: string[] };
	};
	return [...n8n.nodes, ...n8n.credentials];
}

/** @throws Error if the file does not load, lacks the class that it is named after, or the class cannot be created */
export function loadBuiltEntry(entry: string): void {
	const exported = load(join(root, entry)) as Record<string, new () => object>;
	const name = basename(entry).split('.')[0] as string;
	const Loaded = exported[name];
	if (Loaded === undefined) throw new Error(`${entry} does not export ${name}`);
	new Loaded();
}

/** @throws if the thread that receives does not start, or does not answer. The sources go on without it, so nobody else would notice */
async function checkThread(): Promise<void> {
	const timeouts = { connectMs: 1_000, stallMs: 1_000 };
	const workerData: ThreadSettings = { timeouts, authorities: getCACertificates('default') };
	const thread = new Worker(join(root, 'dist/masv/node/thread/program.js'), { workerData });
	try {
		thread.postMessage({ kind: 'ping' } satisfies ToThread);
		const [answer] = (await once(thread, 'message')) as [FromThread];
		if (answer.kind !== 'pong') throw new Error(`The thread answered ${answer.kind}`);
	} finally {
		await thread.terminate();
	}
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) {
	const entries = builtEntries();
	for (const entry of entries) loadBuiltEntry(entry);
	await checkThread();
	console.log(`Node ${process.version}: ${entries.length} nodes and credentials load, and the thread that receives`);
}

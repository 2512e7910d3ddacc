/**
 * Loads every entry of the `n8n` block in `package.json` from `dist`, as n8n does.
 *
 *   node scripts/loadBuiltNodes.ts
 *
 * prints the version of the Node that runs it and how many classes were loaded.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

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

if (import.meta.main ?? process.argv[1] === import.meta.filename) {
	const entries = builtEntries();
	for (const entry of entries) loadBuiltEntry(entry);
	console.log(`Node ${process.version}: ${entries.length} nodes and credentials load`);
}

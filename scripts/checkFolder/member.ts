/** One of several processes that try a folder: does what it is told by messages, and sends back what came of it. */
import { closeSync, fstatSync, openSync, readFileSync, renameSync, statSync, unlinkSync, writeSync } from 'node:fs';

import type { Message, Order, Reports } from './orders.ts';

/** Files that were left open. */
const held = new Map<string, number>();

const actions: { [Kind in keyof Reports]: (order: Extract<Order, { do: Kind }>) => Reports[Kind] } = {
	create: ({ files, text }) => files.filter((file) => createNew(file, text)),
	append: ({ file, lines }) => {
		for (const line of lines) appendAtOnce(file, line);
		return true;
	},
	read: ({ file }) => readFileSync(file, 'utf8'),
	replace: ({ file, texts }) => {
		for (const [index, text] of texts.entries()) {
			const draft = `${file}.${process.pid}.${index}.new`;
			createNew(draft, text);
			renameSync(draft, file);
		}
		return true;
	},
	readOften: ({ file, times }) => [...new Set(Array.from({ length: times }, () => readOrMissing(file)))],
	identify: ({ file }) => {
		const { ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
		return [ino, size, mtimeNs, ctimeNs].join(' ');
	},
	hold: ({ file }) => {
		held.set(file, openSync(file, 'r'));
		return true;
	},
	hasName: ({ file }) => fstatSync(held.get(file) as number).nlink > 0,
	remove: ({ file }) => {
		unlinkSync(file);
		return true;
	},
};

/** @returns false if there is such a file already */
function createNew(file: string, text: string): boolean {
	try {
		const handle = openSync(file, 'wx', 0o600);
		writeSync(handle, text);
		closeSync(handle);
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
		throw error;
	}
}

/** In one call, as the memory of events does. */
function appendAtOnce(file: string, line: string): void {
	const handle = openSync(file, 'a', 0o600);
	writeSync(handle, line);
	closeSync(handle);
}

function readOrMissing(file: string): string {
	try {
		return readFileSync(file, 'utf8');
	} catch (error) {
		return (error as NodeJS.ErrnoException).code ?? String(error);
	}
}

/** If the one that gives the orders has ended, nobody needs the answer. */
const answer = (message: Message): void => void process.send?.(message, () => undefined);

process.on('message', (order: Order) => {
	try {
		// Each order goes to the action of its own kind.
		answer({ report: (actions[order.do] as (given: Order) => Message['report'])(order) });
	} catch (error) {
		const { message, code } = error as NodeJS.ErrnoException;
		answer({ error: { message, code } });
	}
});
process.on('disconnect', () => process.exit());
// Ctrl-C reaches all processes. The one that gives the orders decides.
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
answer({ report: 'ready' });

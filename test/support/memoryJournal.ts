import type { Journal } from '../../masv/transfer/journal';

/** A journal in memory, which can be made to fail. Lines are stored as text, as on disk. */
export function memoryJournal(): { join: () => Journal; failWrites: () => void; repair: () => void } {
	const records = new Map<string, string[]>();
	let isFull = false;
	const linesOf = (key: string, containing = ''): unknown[] =>
		(records.get(key) ?? []).flatMap((line) => (line.includes(containing) ? [JSON.parse(line) as unknown] : []));
	const journal: Journal = {
		open: (key) => {
			let failure: Error | undefined;
			/** How many lines this one knows. */
			let known = records.get(key)?.length ?? 0;
			const check = (): void => {
				if (isFull) failure ??= new Error('The journal is full');
				if (failure !== undefined) throw failure;
			};
			return Promise.resolve({
				lines: linesOf(key),
				append: async (line) => {
					check();
					records.set(key, [...(records.get(key) ?? []), JSON.stringify(line)]);
					known++;
					await Promise.resolve();
				},
				replace: async (lines) => {
					if (failure !== undefined || isFull) throw failure ?? new Error('The journal is full');
					if ((records.get(key)?.length ?? 0) !== known) throw new Error('Another process has appended to the record');
					const texts = [...lines].map((line) => JSON.stringify(line));
					records.set(key, texts);
					known = texts.length;
					await Promise.resolve();
				},
				remove: () => {
					known = 0;
					return Promise.resolve(void records.delete(key));
				},
				close: () => Promise.resolve(void (failure = new Error('The record is closed'))),
			});
		},
		readAll: (prefix, containing) => {
			const keys = [...records.keys()].filter((key) => key.startsWith(prefix)).sort();
			return Promise.resolve(new Map(keys.map((key) => [key, linesOf(key, containing)])));
		},
	};
	return { join: () => journal, failWrites: () => (isFull = true), repair: () => (isFull = false) };
}

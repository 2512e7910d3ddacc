import type { Journal, JournalRecord } from '../../masv/transfer/journal';

/** A journal, and the kinds of the lines that were to be on the disk before whoever wrote them went on. */
export function watchDurable(journal: Journal): { journal: Journal; kinds: string[] } {
	const kinds: string[] = [];
	const open: Journal['open'] = async (key) => {
		const record = await journal.open(key);
		const append: JournalRecord['append'] = async (line, options) => {
			if (options?.durable === true && 'kind' in line) kinds.push(String(line.kind));
			await record.append(line, options);
		};
		return { ...record, append };
	};
	return { journal: { ...journal, open }, kinds };
}

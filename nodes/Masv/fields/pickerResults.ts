import type { INodeListSearchResult } from 'n8n-workflow';

import { unshowable } from '../../../masv/transfer/places';

/** A record of MASV, as a picker offers it. Names come from other people and servers, so they may be anything. */
interface Choice {
	id: string;
	name?: string | undefined;
	/** What tells it apart from others of the same name. */
	facts?: ReadonlyArray<string | undefined>;
	url?: string | undefined;
}

type Result = INodeListSearchResult['results'][number];

/** Far more than n8n shows of a name. */
const maxNameLength = 200;

/** The results of a picker, in this order. Each ID once: n8n tells results apart by it. */
export function toResults(choices: readonly Choice[]): Result[] {
	const byId = new Map<string, Result>();
	for (const { id, name = '', facts = [], url } of choices) {
		if (byId.has(id)) continue;
		const shown = name.toWellFormed().replaceAll(unshowable, ' ').trim().slice(0, maxNameLength);
		const known = facts.filter((fact) => fact !== undefined && fact !== '');
		const label = `${shown === '' ? id : shown}${known.length === 0 ? '' : ` (${known.join(', ')})`}`;
		byId.set(id, { name: label, value: id, ...(url !== undefined && { url }) });
	}
	return [...byId.values()];
}

/** The results of a picker whose list MASV cannot search: those whose label contains the text, sorted by label. */
export function toPickerResults(choices: readonly Choice[], filter = ''): INodeListSearchResult {
	const results = toResults(choices)
		.filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase()))
		.sort((a, b) => a.name.localeCompare(b.name, 'en'));
	return { results };
}

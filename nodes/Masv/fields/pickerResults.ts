import type { INodeListSearchResult } from 'n8n-workflow';

/** The results of a picker whose list MASV cannot search: those whose name contains the text, sorted by name. */
export function toPickerResults(
	records: ReadonlyArray<{ id: string; name?: string | undefined }>,
	filter = '',
): INodeListSearchResult {
	const results = records
		.map(({ id, name }) => ({ name: name === undefined || name === '' ? id : name, value: id }))
		.filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase()))
		.sort((a, b) => a.name.localeCompare(b.name, 'en'));
	return { results };
}

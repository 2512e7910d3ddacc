import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';
import { MasvInputError } from '../../../masv/errors';

export const binaryField = 'Input Data Field Name';

/** Binary data, and the key that it has in its item; "data" if it is not from this item. */
export interface FoundBinary {
	key: string;
	data: IBinaryData;
}

/** Where n8n keeps binary data in the JSON of an item, for workflows with the setting `binaryMode: combined`. */
const filesInJson = '_files';

/**
 * The binary data that the field refers to, each once.
 * @param entries binary data, or texts: a name or several with commas, `*` for all, or n8n's path to it in combined mode
 * @throws MasvInputError that names the field that the item does not have
 */
export function findBinary(
	n8n: IExecuteFunctions,
	itemIndex: number,
	entries: ReadonlyArray<string | IBinaryData>,
): FoundBinary[] {
	const available = availableBinary(n8n, itemIndex);
	const found = entries.flatMap((entry) =>
		typeof entry === 'string' ? findNamed(n8n, itemIndex, entry, available) : [withKey(entry, available)],
	);
	if (found.length === 0) throw missing('The item has no binary data', available);
	const seen = new Set<unknown>();
	return found.filter(({ key, data }) => {
		const identity = `${key}\0${data.id ?? data.data}`;
		return !seen.has(identity) && seen.add(identity);
	});
}

/** All binary data of the item, by key. The JSON of an item can come from anywhere, so n8n decides whether it is binary data. */
function availableBinary(n8n: IExecuteFunctions, itemIndex: number): Map<string, IBinaryData> {
	const item = n8n.getInputData()[itemIndex];
	const available = new Map(Object.entries(item?.binary ?? {}).filter(([, data]) => hasContent(data)));
	const files = item?.json[filesInJson];
	if (typeof files !== 'object' || files === null) return available;
	for (const key of Object.keys(files)) {
		const data = look(n8n, itemIndex, `${filesInJson}[${JSON.stringify(key)}]`);
		if (data !== undefined && !available.has(key)) available.set(key, data);
	}
	return available;
}

/** Nodes also set fields to null, or to data without content. */
function hasContent(data: Partial<IBinaryData> | null | undefined): boolean {
	return typeof data?.id === 'string' || typeof data?.data === 'string';
}

function look(n8n: IExecuteFunctions, itemIndex: number, path: string): IBinaryData | undefined {
	try {
		const data = n8n.helpers.assertBinaryData(itemIndex, path);
		return hasContent(data) ? data : undefined;
	} catch {
		return undefined;
	}
}

/** How many texts between commas may be one name. Without a limit, many names would take quadratic time. */
const maxPartsOfName = 32;

/** A name may contain commas, so the longest text between commas that is a name is one. */
function findNamed(
	n8n: IExecuteFunctions,
	itemIndex: number,
	text: string,
	available: Map<string, IBinaryData>,
): FoundBinary[] {
	const lookUp = (name: string): FoundBinary[] | undefined => {
		const data = available.get(name) ?? look(n8n, itemIndex, name);
		if (data !== undefined) return [withKey(data, available, name)];
		return name === '*' ? [...available].map(([key, value]) => ({ key, data: value })) : undefined;
	};
	const parts = text.split(',');
	const found: FoundBinary[] = [];
	for (let start = 0; start < parts.length;) {
		let end = Math.min(parts.length, start + maxPartsOfName);
		let match: FoundBinary[] | undefined;
		for (; end > start; end--) {
			match = lookUp(parts.slice(start, end).join(',').trim());
			if (match !== undefined) break;
		}
		const name = (parts[start] ?? '').trim();
		if (match === undefined && name !== '') throw missing(`The item has no binary field "${name}"`, available);
		found.push(...(match ?? []));
		start = Math.max(end, start + 1);
	}
	return found;
}

function withKey(data: IBinaryData, available: Map<string, IBinaryData>, name = 'data'): FoundBinary {
	const [key = name] = [...available].find(([, other]) => other === data || isSame(other, data)) ?? [];
	return { key, data };
}

function isSame(one: IBinaryData, other: IBinaryData): boolean {
	return typeof one.id === 'string' && one.id === other.id;
}

function missing(message: string, available: Map<string, IBinaryData>): MasvInputError {
	return new MasvInputError(message, {
		code: 'binary_data_missing',
		field: binaryField,
		hint:
			available.size > 0
				? `Available fields: ${[...available.keys()].join(', ')}.`
				: 'Make sure that the previous node outputs a file. To send files from disk, set File Source to Path on Disk.',
	});
}

/** A JSON schema, as far as n8n's editor reads it: of several types it shows the first, and it does not know `anyOf`. */
export interface OutputSchema {
	type: string | string[];
	/** Absent: the keys depend on the data. */
	properties?: Record<string, OutputSchema>;
	items?: OutputSchema;
}

/** Objects whose keys users or MASV choose. */
const mapKeys = ['headers', 'body_extras', 'extras'];

/** The schema of the items that an operation has returned: all their keys, in the order of the first item that has them. */
export function schemaOf(items: unknown[]): OutputSchema {
	return items.map((item) => schemaOfValue(item)).reduce(merge);
}

function schemaOfValue(value: unknown): OutputSchema {
	if (value === null) return { type: 'null' };
	if (Array.isArray(value)) {
		const items = value.map((entry) => schemaOfValue(entry));
		return { type: 'array', ...(items.length > 0 && { items: items.reduce(merge) }) };
	}
	if (typeof value !== 'object') return { type: typeof value };
	const properties = Object.entries(value)
		.filter(([, entry]) => entry !== undefined)
		.map(([key, entry]) => [key, mapKeys.includes(key) ? { type: 'object' } : schemaOfValue(entry)]);
	return { type: 'object', properties: Object.fromEntries(properties) as Record<string, OutputSchema> };
}

/** The same schema with a field that may also be null. @param path `md5`, `files[].md5` */
export function orNull(schema: OutputSchema, path: string): OutputSchema {
	const changed = structuredClone(schema);
	let field: OutputSchema | undefined = changed;
	for (const step of path.replaceAll('[]', '.[]').split('.'))
		field = step === '[]' ? field?.items : field?.properties?.[step];
	if (field === undefined) throw new Error(`There is no field ${path}`);
	field.type = [...new Set([field.type, 'null'].flat())];
	return changed;
}

function merge(a: OutputSchema, b: OutputSchema): OutputSchema {
	const types = [...new Set([a.type, b.type].flat())].sort(
		(one, other) => Number(one === 'null') - Number(other === 'null'),
	);
	const type = types.length === 1 ? (types[0] as string) : types;
	const items = a.items !== undefined && b.items !== undefined ? merge(a.items, b.items) : (a.items ?? b.items);
	const properties = { ...a.properties, ...b.properties };
	for (const key of Object.keys(properties)) {
		const [one, other] = [a.properties?.[key], b.properties?.[key]];
		if (one !== undefined && other !== undefined) properties[key] = merge(one, other);
	}
	return {
		type,
		...((a.properties ?? b.properties) !== undefined && { properties }),
		...(items !== undefined && { items }),
	};
}

/** Where a value differs from its schema: keys that the schema lacks, and values of another type. */
export function differences(schema: OutputSchema, value: unknown, place = ''): string[] {
	const { type, properties, items } = schemaOfValue(value);
	if (![schema.type].flat().includes(type as string)) return [`${place} is ${String(type)}`];
	if (Array.isArray(value) && items !== undefined) {
		const allowed = schema.items;
		if (allowed === undefined) return [];
		return value.flatMap((entry, index) => differences(allowed, entry, `${place}[${index}]`));
	}
	const allowed = schema.properties;
	if (allowed === undefined || properties === undefined) return [];
	return Object.keys(properties).flatMap((key) => {
		const own = allowed[key];
		const at = `${place}.${key}`;
		return own === undefined ? [`${at} is unknown`] : differences(own, (value as Record<string, unknown>)[key], at);
	});
}

/** A list written with commas, semicolons or line breaks, or given as an array by an expression. */
export function toList(value: unknown): string[] {
	return (Array.isArray(value) ? value : [value])
		.flatMap((entry) => String(entry ?? '').split(/[,;\n]/))
		.map((entry) => entry.trim())
		.filter((entry) => entry !== '');
}

/** Undefined for an empty list: a filter that was not set. */
export function optionalList(value: unknown): string[] | undefined {
	const list = toList(value);
	return list.length === 0 ? undefined : list;
}

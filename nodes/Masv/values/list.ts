/** A list separated by commas, semicolons or line breaks, or an array from an expression. */
export function toList(value: unknown): string[] {
	return (Array.isArray(value) ? value : [value])
		.flatMap((entry) => String(entry ?? '').split(/[,;\n]/))
		.map((entry) => entry.trim())
		.filter((entry) => entry !== '');
}

/** Undefined for an empty list: the filter was not set. */
export function optionalList(value: unknown): string[] | undefined {
	const list = toList(value);
	return list.length === 0 ? undefined : list;
}

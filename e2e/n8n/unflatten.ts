/**
 * Decodes run data as n8n stores it: in the format of the npm package `flatted`, a list of values in which every string
 * inside an object or array is the index of another value. Objects may contain themselves.
 */
export function unflatten(text: string): unknown {
	const values = JSON.parse(text) as unknown[];
	const done = new Set<unknown>();

	function at(index: string): unknown {
		const value = values[Number(index)];
		return typeof value === 'object' && value !== null ? resolve(value as Record<string, unknown>) : value;
	}

	function resolve(holder: Record<string, unknown>): unknown {
		if (done.has(holder)) return holder;
		done.add(holder);
		for (const [key, value] of Object.entries(holder)) {
			if (typeof value === 'string') holder[key] = at(value);
		}
		return holder;
	}

	return at('0');
}

/** A value without the fields that have such names, at any depth. */
export function withoutFields<T>(value: T, names: RegExp): T {
	if (Array.isArray(value)) return value.map((entry: unknown) => withoutFields(entry, names)) as T;
	if (typeof value !== 'object' || value === null) return value;
	const shown = Object.entries(value).filter(([name]) => !names.test(name));
	return Object.fromEntries(shown.map(([name, entry]) => [name, withoutFields<unknown>(entry, names)])) as T;
}

/** Names that are remembered; a process that runs for months may meet any number of them. */
const maxNames = 1_000;

/** @returns a function that returns the same value for the same name, and creates it on first use. It forgets all after {@link maxNames} */
export function sharedByName<T>(): (name: string, create: () => T) => T {
	const values = new Map<string, T>();
	return (name, create) => {
		const known = values.get(name);
		if (known !== undefined) return known;
		if (values.size >= maxNames) values.clear();
		const value = create();
		values.set(name, value);
		return value;
	};
}

/** Many items with long lists each would be more than n8n can store. */
const maxNamed = 100;

/** What all items of a run have in common, for items after the first one: up to a hundred entries of each list. */
export function shortened<T extends object>(facts: T): T {
	return Object.fromEntries(
		Object.entries(facts).map(([name, value]) => [name, Array.isArray(value) ? value.slice(0, maxNamed) : value]),
	) as T;
}

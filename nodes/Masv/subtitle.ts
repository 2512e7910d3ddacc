import type { Resource } from './operation';

/**
 * An expression that n8n shows below the name of a node: the name for the value of another expression. Values alone read
 * badly ("getAll: package"), and some differ from the name that the user has selected.
 */
export function subtitleOf(names: Record<string, string>, value: string): string {
	return `={{ (${JSON.stringify(names)})[${value}] }}`;
}

/** The same for the values of a list. A value without a name is shown as it is. */
export function subtitleOfEach(names: Record<string, string>, values: string): string {
	return `={{ ${values}.map((value) => (${JSON.stringify(names)})[value] ?? value).join(", ") }}`;
}

/** "Get Many: Package", for the selected resource and operation. */
export function operationSubtitle(resources: readonly Resource[]): string {
	const names = resources.flatMap(({ name, value, operations }) =>
		Object.values(operations).map((operation) => [`${value}.${operation.value}`, `${operation.name}: ${name}`]),
	);
	return subtitleOf(
		Object.fromEntries(names) as Record<string, string>,
		'$parameter["resource"] + "." + $parameter["operation"]',
	);
}

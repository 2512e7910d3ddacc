/**
 * Whether a value is an object that consists of nothing but its keys, unlike a date or a duration. It may come from another
 * JavaScript context: n8n evaluates expressions in one of their own.
 */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
	const prototype: unknown = Object.getPrototypeOf(value);
	return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The code of an error, or of what caused it, such as ECONNRESET. */
export function systemCodeOf(error: unknown): string | undefined {
	for (let at: unknown = error; typeof at === 'object' && at !== null; at = (at as { cause?: unknown }).cause) {
		const { code, errors } = at as { code?: unknown; errors?: unknown };
		if (typeof code === 'string') return code;
		// Happy Eyeballs: one error for each address tried.
		if (Array.isArray(errors) && errors.length > 0) return systemCodeOf(errors[0]);
	}
	return undefined;
}

/** The error of a promise that must fail. Undefined instead of a promise is no failure. */
export async function failureOf<E extends Error = Error>(promise: Promise<unknown> | undefined): Promise<E> {
	return await Promise.resolve(promise).then(
		(value) => {
			throw new Error(`Succeeded with ${JSON.stringify(value)}`);
		},
		(error: unknown) => error as E,
	);
}

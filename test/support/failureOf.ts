/** The error of a promise that must fail. */
export async function failureOf<E extends Error = Error>(promise: Promise<unknown>): Promise<E> {
	return await promise.then(
		(value) => {
			throw new Error(`Succeeded with ${JSON.stringify(value)}`);
		},
		(error: unknown) => error as E,
	);
}

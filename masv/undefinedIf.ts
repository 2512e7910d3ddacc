/**
 * What the work results in; undefined if it fails in a way that means that there is nothing.
 * @param isNothing of errors, such as `isRefusedRoute`
 */
export async function undefinedIf<T>(isNothing: (error: unknown) => boolean, work: Promise<T>): Promise<T | undefined> {
	try {
		return await work;
	} catch (error) {
		if (isNothing(error)) return undefined;
		throw error;
	}
}

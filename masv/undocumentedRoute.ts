import { isGone, isMissingRoute } from './answers';
import { MasvError } from './errors';

/** The server does not have a route that MASV does not document either, but that follows from others. */
export class UndocumentedRouteError extends MasvError {
	/** @param operation in plain words: "list the webhooks" */
	constructor(operation: string, cause?: unknown) {
		super(`Could not ${operation}. MASV does not document this, and its server does not support it`, {
			code: 'route_undocumented',
			hint: 'Do this in the MASV web app.',
			cause,
		});
	}
}

/**
 * Calls a route that MASV does not document and that names an object. 404 is thrown as it is: it most likely means the object.
 * @throws UndocumentedRouteError if the server does not have the route, and whatever else `work` throws
 */
export async function onUndocumentedRoute<T>(operation: string, work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		throw isMissingRoute(error) && !isGone(error) ? new UndocumentedRouteError(operation, error) : error;
	}
}

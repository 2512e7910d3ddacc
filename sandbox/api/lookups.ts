import type { Context } from '../model/context.ts';
import { notFound } from '../model/errors.ts';
import type { CloudConnection, Package, PackageFile, Portal, State } from '../model/state.ts';
import type { Call, PackageCall } from './route.ts';

/** The portal in the path. @throws ApiFailure 404 */
export function portalOf(call: Pick<Call<unknown>, 'state' | 'params'>): Portal {
	const portal = call.state.portals.get(call.params.portal ?? '');
	if (portal === undefined) throw notFound('Portal');
	return portal;
}

/** The file in the path. @throws ApiFailure 404 */
export function fileOf(call: Pick<PackageCall<unknown>, 'state' | 'params' | 'package'>): PackageFile {
	const file = call.state.files.get(call.params.file ?? '');
	if (file?.package_id !== call.package.id) throw notFound('file');
	return file;
}

/** The storage connection in the path. @throws ApiFailure 404 */
export function connectionOf(call: Pick<Call<unknown>, 'state' | 'params'>): CloudConnection {
	const connection = call.state.connections.get(call.params.connection ?? '');
	if (connection === undefined) throw notFound('cloud connection');
	return connection;
}

/** The portal of a package, unless it has been deleted. */
export function portalOfPackage({ state }: Pick<Context, 'state'>, of: Package): Portal | undefined {
	return of.portal_id === undefined ? undefined : state.portals.get(of.portal_id);
}

/** Packages sent by the team itself. */
export function sent(state: State): Package[] {
	return [...state.packages.values()].filter((item) => item.portal_id === undefined);
}

/** Packages received through portals. */
export function received(state: State): Package[] {
	return [...state.packages.values()].filter((item) => item.portal_id !== undefined);
}

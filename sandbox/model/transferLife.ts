import type { Context } from './context.ts';
import { invalid } from './errors.ts';
import { finalizePackage } from './finalizePackage.ts';
import { newId } from './ids.ts';
import { advanceActivity, countFiles, expirePackage } from './packageLife.ts';
import { isoDate, type Package, type PackageFile, type StoredObject, type Transfer } from './state.ts';

/** A file or folder that a transfer from a storage was requested for. */
export interface Wanted {
	id: string;
	name: string;
	kind: 'file' | 'directory';
}

/** A file to add to the package, and its place there. */
interface Arriving extends Pick<PackageFile, 'name' | 'path'> {
	content: Uint8Array;
}

/** The files below what was requested. Folders keep their tree. @throws ApiFailure 400 for what the storage does not contain */
export function filesFor(objects: StoredObject[], wanted: Wanted[]): Arriving[] {
	return wanted.flatMap(({ id, name, kind }) => {
		const folder = `${id.replace(/\/+$/, '')}/`;
		const found: Arriving[] =
			kind === 'file'
				? objects.filter(({ path }) => path === id).map(({ content }) => ({ name, path: '', content }))
				: objects
						.filter(({ path }) => path.startsWith(folder))
						.map(({ path, content }) => toArriving(`${name}/${path.slice(folder.length)}`, content));
		if (found.length === 0) throw invalid('files', `the storage does not contain ${id}`);
		return found;
	});
}

function toArriving(place: string, content: Uint8Array): Arriving {
	const end = place.lastIndexOf('/');
	return { name: place.slice(end + 1), path: place.slice(0, end), content };
}

/** Puts files of a storage into a package, finalized. */
function addArriving({ state, store, now }: Context, into: Package, arriving: Arriving[]): void {
	for (const { name, path, content } of arriving) {
		const id = newId(now());
		const file: PackageFile = {
			id,
			package_id: into.id,
			kind: 'file',
			name,
			path,
			size: content.byteLength,
			last_modified: isoDate(now()),
			finalized: true,
			key: `${into.id}/${id}`,
			partsAsked: 0,
		};
		store.seed(file.key, content);
		state.files.set(id, file);
	}
}

/**
 * Ends a transfer. The text of an error is in `extras` of the activity, and a package whose upload failed is deleted
 * (docs/masv-api.md#activities).
 */
export async function endTransfer(
	context: Context,
	transfer: Transfer,
	of: Package,
	arriving: Arriving[],
): Promise<void> {
	const { error, finalizes } = context.transfers;
	const isPull = transfer.direction === 'cloud_to_masv';
	transfer.state = error === undefined ? 'complete' : 'error';
	transfer.updated_at = isoDate(context.now());
	const type = isPull ? 'package_upload_to_masv' : 'package_transfer_masv_to_cloud';
	if (error !== undefined) {
		if (isPull) await expirePackage(context, of);
		advanceActivity(context, of, type, 'error');
		const failed = [...context.state.activities.values()].findLast(
			(activity) => activity.package_id === of.id && activity.activity_type === type,
		);
		if (failed !== undefined) failed.extras = { error };
		return;
	}
	if (!isPull) {
		advanceActivity(context, of, type, 'complete');
		return;
	}
	addArriving(context, of, arriving);
	countFiles(context, of);
	if (finalizes) finalizePackage(context, of);
}

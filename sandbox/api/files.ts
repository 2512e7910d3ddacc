import { ApiFailure, badRequest, forbidden, notFound } from '../model/errors.ts';
import { isUsedUp } from '../model/linkRules.ts';
import { advanceActivity } from '../model/packageLife.ts';
import { filesOf, isoDate, type Link, type Package, type PackageFile } from '../model/state.ts';
import { fileOf } from './lookups.ts';
import { anyTokenRoute, type PackageCall, type Route } from './route.ts';
import { listedFileView } from './views.ts';

/**
 * A package with more files may be listed only once every five seconds (MASV docs, Download; docs/masv-api.md#limits).
 */
const freelyListedFiles = 10_000;
const listingIntervalMs = 5000;

/**
 * Listing and downloading the files of a package (MASV docs, Portals, "Listing Portal package files";
 * docs/masv-api.md#listing-the-files-of-a-package, docs/masv-api.md#downloading).
 */
export function fileRoutes(): Route[] {
	const listedAt = new Map<string, number>();
	/**
	 * IDs of the tokens already counted as a download: looking up a link once is one download, however many files follow.
	 */
	const counted = new Set<string>();
	return [
		anyTokenRoute({
			step: 'listFiles',
			at: 'GET /v1/packages/{package}/files',
			handle: (call) => {
				const { state, package: listed, nowMs } = call;
				const files = filesOf(state, listed.id);
				if (files.length > freelyListedFiles) {
					if (nowMs - (listedAt.get(listed.id) ?? Number.NEGATIVE_INFINITY) < listingIntervalMs) {
						throw new ApiFailure(429, 'packages of more than 10,000 files can be listed once every 5 seconds');
					}
					listedAt.set(listed.id, nowMs);
				}
				return {
					status: 200,
					json: [...files, ...archivesOf(listed, files)].map((file) => listedFileView(call, file)),
				};
			},
		}),
		anyTokenRoute({
			// Links are "the only ways to download a package" (MASV docs, Overview), so the owner's own token is rejected by default.
			// Only `url` is known of the response (docs/masv-api.md#downloading).
			step: 'downloadFile',
			at: 'GET /v1/packages/{package}/files/{file}/download',
			handle: (call) => {
				const { state, token, package: target } = call;
				const link = linkOf(call);
				if (target.state !== 'finalized') throw badRequest(`the state of the package is ${target.state}`);
				if (archivesOf(target, filesOf(state, target.id)).some(({ id }) => id === call.params.file)) {
					throw new ApiFailure(501, 'the sandbox does not generate zip archives; download the files');
				}
				const file = fileOf(call);
				if (file.kind === 'directory') throw notFound('file');
				if (link !== undefined && !counted.has(token.jti)) {
					if (isUsedUp(link)) throw forbidden('the access limit of this link has been reached');
					link.accesses++;
					counted.add(token.jti);
				}
				target.usage_updated_at = isoDate(call.nowMs);
				advanceActivity(call, target, 'package_download_from_masv', 'started', link?.id);
				return { status: 200, json: { url: call.store.presign({ method: 'GET', key: file.key }) } };
			},
		}),
	];
}

/** The link through which a token was issued. Undefined: the token of the package itself, which is accepted. */
function linkOf({ state, token, ownerDownloads }: PackageCall<unknown>): Link | undefined {
	if (token.lvl === 'f' && ownerDownloads) return undefined;
	if (token.lvl === 'f') throw forbidden('X-Package-Token of level f does not allow this');
	const link = state.links.get(token.lid ?? '');
	if (link === undefined || !link.active) throw forbidden('the link of this token has been disabled');
	return link;
}

/** The generated zip archives at the end of a listing. They have neither size nor path. */
function archivesOf(of: Package, files: PackageFile[]): PackageFile[] {
	if (of.state !== 'finalized' || files.length === 0) return [];
	return (['windows', 'mac'] as const).map((system, index) => ({
		// IDs must stay the same from one listing to the next.
		id: `${of.id.slice(0, -1)}${'XZ'[index]}`,
		package_id: of.id,
		kind: `zip_${system}` as const,
		name: `${system}.zip`,
		path: '',
		last_modified: of.updated_at,
		finalized: true,
		key: '',
		partsAsked: 0,
	}));
}

import type { Context } from '../model/context.ts';
import { linksOf, type Link, type Package, type PackageFile, type Portal, type Webhook } from '../model/state.ts';
import { mintToken, type TokenLevel } from '../model/tokens.ts';

/** Shown instead of a password that is set (sample in MASV docs, Links). */
const hidden = '****';

/** A package as MASV shows it, with a fresh token: the union of what the docs list (docs/masv-api.md#package-object). */
export function packageView(context: Context, shown: Package, level: TokenLevel = 'f'): Record<string, unknown> {
	const { team_id: _team, portal_id: _portal, form_data_id, password, ...fields } = shown;
	return {
		...fields,
		password: password === '' ? '' : hidden,
		// One thing under two names (docs/masv-api.md#contradictions): MASV docs, Packages, call it custom_metadata_id.
		...(form_data_id === undefined ? {} : { custom_metadata_id: form_data_id }),
		access_token: mintToken(context.tokenSecret, context.now(), { lvl: level, sub: shown.id }),
	};
}

/**
 * A package in a portal's list. MASV docs, Portals, "Portal package object" lists fewer properties than MASV docs,
 * Packages, and calls the form response form_data_id; nothing else is shown here, so that no client relies on it.
 */
export function portalPackageView(context: Context, shown: Package): Record<string, unknown> {
	const {
		custom_metadata_id,
		total_files: _files,
		expiry: _expiry,
		chunk_size: _chunk,
		...view
	} = packageView(context, shown);
	return custom_metadata_id === undefined ? view : { ...view, form_data_id: custom_metadata_id };
}

/** A package in a v1 list (docs/masv-api.md#package-object): `teamspace_id`, `progress_channels` and `links` instead of `teamspace`. */
export function legacyPackageView(context: Context, shown: Package): Record<string, unknown> {
	const { teamspace: _teamspace, ...view } = packageView(context, shown);
	return {
		...view,
		teamspace_id: shown.teamspace?.id ?? '',
		progress_channels: [],
		links: linksOf(context.state, shown.id).map((link) => legacyLinkView(link)),
	};
}

function legacyLinkView(link: Link): Record<string, unknown> {
	return {
		id: link.id,
		email: link.email,
		access_limit: link.access_limit,
		access_limit_enabled: link.access_limit > 0,
		accessed_at: link.accessed_at,
		active: link.active,
		created_at: link.created_at,
	};
}

/** The answer to the creation of a link. Only here, and only for a direct-download link, is the secret shown. */
export function newLinkView(link: Link, of: Package): Record<string, unknown> {
	return {
		id: link.id,
		...(link.email === '' ? { download_secret: link.download_secret } : {}),
		email: link.email,
		expiry: of.expiry,
		access_limit: link.access_limit,
		access_limit_enabled: link.access_limit > 0,
		active: link.active,
		...(link.password === '' ? {} : { password: hidden }),
	};
}

/** A file in a listing (MASV docs, Portals, "Listing Portal package files"; `virus_detected` from docs/masv-api.md#listing-the-files-of-a-package). */
export function fileView(file: PackageFile): Record<string, unknown> {
	const { id, kind, name, path, size, last_modified } = file;
	if (kind === 'zip_windows' || kind === 'zip_mac') return { id, kind, name, last_modified };
	return { id, kind, name, path, ...(kind === 'file' ? { size } : {}), last_modified, virus_detected: false };
}

/**
 * A portal as MASV shows it: `access_code` and `download_password` are in no sample answer, so they are write-only here;
 * `tag` and `teamspace` are absent when unset (docs/masv-api.md#portal-passwords).
 */
export function portalView(portal: Portal): Record<string, unknown> {
	const { team_id: _team, access_code: _code, download_password: _password, form: _form, ...view } = portal;
	return view;
}

export function webhookView(webhook: Webhook): Record<string, unknown> {
	const { team_id: _team, ...view } = webhook;
	return view;
}

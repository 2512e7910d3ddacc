import type { Context } from '../model/context.ts';
import { linksOf, type Link, type Package, type PackageFile, type Portal, type Webhook } from '../model/state.ts';
import { mintToken, type TokenLevel } from '../model/tokens.ts';

/** Returned in place of a password (sample in MASV docs, Links). */
const hidden = '****';

/** A package as MASV returns it: every documented field (docs/masv-api.md#package-object) and a new token. */
export function packageView(context: Context, shown: Package, level: TokenLevel = 'f'): Record<string, unknown> {
	const { team_id: _team, portal_id: _portal, form_data_id, password, ...fields } = shown;
	return {
		...fields,
		password: password === '' ? '' : hidden,
		// One field with two names (docs/masv-api.md#contradictions); MASV docs, Packages, call it custom_metadata_id.
		...(form_data_id === undefined ? {} : { custom_metadata_id: form_data_id }),
		access_token: mintToken(context.tokenSecret, context.now(), { lvl: level, sub: shown.id }),
	};
}

/**
 * A package in a portal's list. MASV docs, Portals, "Portal package object" lists fewer properties than MASV docs,
 * Packages, and calls the form response form_data_id. No other properties are returned, so that no client relies on
 * them.
 */
export function portalPackageView(context: Context, shown: Package): Record<string, unknown> {
	const {
		custom_metadata_id,
		total_files: _files,
		expiry: _expiry,
		chunk_size: _chunk,
		...view
	} = packageView(context, shown);
	return orAbsent(context, ['access_limit', 'password'], {
		...view,
		...(custom_metadata_id === undefined ? {} : { form_data_id: custom_metadata_id }),
	});
}

/**
 * A package in a v1 list: `teamspace_id`, `progress_channels` and `links` instead of `teamspace`
 * (docs/masv-api.md#package-object).
 */
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

/** The response to creating a link. The secret is returned only here, and only for a direct-download link. */
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

/**
 * A file in a listing (MASV docs, Portals, "Listing Portal package files";
 * docs/masv-api.md#listing-the-files-of-a-package).
 */
export function fileView(file: PackageFile): Record<string, unknown> {
	const { id, kind, name, path, size, last_modified, virus_detected = false } = file;
	if (kind === 'zip_windows' || kind === 'zip_mac') return { id, kind, name, last_modified };
	return { id, kind, name, path, ...(kind === 'file' ? { size } : {}), last_modified, virus_detected };
}

/** A file in a list. In the sample, paths begin with a slash and times are of another zone than UTC. */
export function listedFileView({ likeSamples }: Context, file: PackageFile): Record<string, unknown> {
	const view = fileView(file);
	if (!likeSamples) return view;
	const { path, virus_detected, ...rest } = view;
	const hoursBehind = 4;
	const local = new Date(Date.parse(file.last_modified) - hoursBehind * 3_600_000);
	return {
		...rest,
		...(typeof path === 'string' && { path: `/${path}` }),
		...(virus_detected === true && { virus_detected }),
		last_modified: local.toISOString().replace('Z', `-0${hoursBehind}:00`),
	};
}

/** Without those of these keys that have no value, if responses are to look like the samples. */
function orAbsent({ likeSamples }: Context, keys: string[], view: Record<string, unknown>): Record<string, unknown> {
	const isUnset = (value: unknown): boolean =>
		value === '' || value === 0 || (Array.isArray(value) && value.length === 0);
	const isAbsent = ([key, value]: [string, unknown]): boolean => likeSamples && keys.includes(key) && isUnset(value);
	return Object.fromEntries(Object.entries(view).filter((entry) => !isAbsent(entry)));
}

/**
 * A portal as MASV returns it. No sample response has `access_code` and `download_password`, so they are write-only
 * (docs/masv-api.md#portal-passwords); `tag` and `teamspace` are absent if unset (docs/masv-api.md#portal-object).
 */
export function portalView(context: Context, portal: Portal): Record<string, unknown> {
	const { team_id: _team, access_code: _code, download_password: _password, form: _form, ...view } = portal;
	const notInSamples = ['custom_webhooks', 'cc_recipients', 'primary_color', 'logo_url', 'background_url'];
	return orAbsent(context, notInSamples, view);
}

export function webhookView(webhook: Webhook): Record<string, unknown> {
	const { team_id: _team, ...view } = webhook;
	return view;
}

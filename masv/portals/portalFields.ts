import { MasvInputError } from '../errors';
import type { RemovableSetting } from './removals';
import { removalOf } from './removals';
import type { PortalSettings } from './settings';
import type { PortalChanges, WholePortal } from './wholePortal';

/**
 * The fields of a request that make these settings, and no others.
 * @param current the portal to change; an empty object for a new one
 * @throws MasvInputError for settings that contradict each other or lack a part
 */
export function toPortalFields(
	settings: PortalSettings,
	current: Partial<WholePortal> = {},
	removed: readonly RemovableSetting[] = [],
): PortalChanges {
	const { uploadPassword, downloadPassword, tag, webhookIds, connections, expiry } = settings;
	checkRemoved(settings, removed);
	// MASV wants it empty for regular portals: docs/masv-api.md#portal-object
	const isMadeRegular = settings.accessLevel === 'regular' && current.access_level === 'private';
	const fields: PortalChanges = {
		name: settings.name,
		subdomain: settings.subdomain,
		active: settings.active,
		message: settings.message,
		logo_url: settings.logoUrl,
		background_url: settings.backgroundUrl,
		primary_color: settings.primaryColor,
		recipients: settings.recipients,
		disable_upload_receipt: settings.disableReceipt,
		custom_expiry_days: settings.storageDays,
		...(uploadPassword !== undefined && { has_access_code: true, access_code: uploadPassword }),
		...(downloadPassword !== undefined && { has_download_password: true, download_password: downloadPassword }),
		access_level: settings.accessLevel,
		access_list: settings.accessList ?? (isMadeRegular ? [] : undefined),
		teamspace_id: settings.teamspaceId,
		tag,
		...(webhookIds && { custom_webhooks: webhookIds.map((id) => ({ id })) }),
		cloud_connections: connections,
		...(expiry !== undefined && { expiry_enabled: true, expiry }),
		...toSizeLimits(settings, current),
		...toFileTypes(settings, current),
		...toNameFormat(settings, current),
		...toTerms(settings, current),
	};
	const set = Object.entries(fields).filter(([, value]) => value !== undefined);
	return Object.assign(
		Object.fromEntries(set),
		...removed.map((setting) => removalOf(setting).fields),
	) as PortalChanges;
}

/**
 * What a flag of the portal turns on. While it is off, the values that MASV keeps do not apply, and turning it on for one of
 * them must not turn on the others.
 */
function inForce(current: Partial<WholePortal>, flag: string, values: unknown): Record<string, unknown> {
	return current[flag] === true && typeof values === 'object' && values !== null ? { ...values } : {};
}

function toSizeLimits(settings: PortalSettings, current: Partial<WholePortal>): object {
	const given = {
		max_package_size: settings.maxPackageBytes,
		max_file_size: settings.maxFileBytes,
		max_file_count: settings.maxFileCount,
	};
	if (Object.values(given).every((limit) => limit === undefined)) return {};
	const kept = inForce(current, 'package_size_restriction_enabled', current);
	const limits = Object.entries(given).map(([key, limit]) => [key, limit ?? kept[key] ?? 0] as const);
	return {
		package_size_restriction_enabled: limits.some(([, limit]) => limit !== 0),
		...Object.fromEntries(limits),
	};
}

/** The list is one of allowed types, so it must not be read as one of denied types: docs/masv-api.md#portal-object */
function toFileTypes({ fileTypes }: PortalSettings, { file_type_restriction_exclude }: Partial<WholePortal>): object {
	if (fileTypes === undefined) return {};
	return {
		file_type_restriction_enabled: true,
		// People also write them as patterns: `*.mov`.
		file_types: fileTypes.map((type) => `.${type.replace(/^\*?\.?/, '')}`),
		...(file_type_restriction_exclude === true && { file_type_restriction_exclude: false }),
	};
}

function toNameFormat({ nameFormat }: PortalSettings, current: Partial<WholePortal>): object {
	if (nameFormat === undefined) return {};
	const merged = { ...inForce(current, 'package_name_format_enabled', current.package_name_format), ...nameFormat };
	requirePart(merged.value, 'nameFormatValue', 'The package name format has no pattern');
	requirePart(merged.label, 'nameFormatLabel', 'The package name format has no explanation for senders');
	return { package_name_format_enabled: true, package_name_format: merged };
}

function toTerms({ terms }: PortalSettings, current: Partial<WholePortal>): object {
	if (terms === undefined) return {};
	const merged = { ...inForce(current, 'terms_of_service_enabled', current.terms_of_service), ...terms };
	requirePart(merged.checkbox_label, 'termsCheckbox', 'The terms of service have no text for their checkbox');
	return { terms_of_service_enabled: true, terms_of_service: merged };
}

/** docs/masv-api.md#portal-object */
function requirePart(part: unknown, field: string, message: string): void {
	if (typeof part === 'string' && part !== '') return;
	throw new MasvInputError(message, { code: 'value_missing', field, hint: 'MASV requires it.' });
}

function checkRemoved(settings: PortalSettings, removed: readonly RemovableSetting[]): void {
	const both = removed.find((setting) => removalOf(setting).instead.some((key) => settings[key] !== undefined));
	if (both === undefined) return;
	throw new MasvInputError(`A setting has a new value, but is also to be removed: ${removalOf(both).name}`, {
		code: 'portal_setting_contradictory',
		field: 'removedSettings',
		facts: { setting: both },
		hint: 'Enter a value or remove it, not both.',
	});
}

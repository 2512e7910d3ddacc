import type { PortalSettings } from './settings';

interface Removal {
	/** What to write for it. A key with undefined is left out of the request, which MASV takes as unset. */
	fields: Record<string, unknown>;
	/** The settings that would contradict it. */
	instead: ReadonlyArray<keyof PortalSettings>;
}

/** How each optional setting is removed from a portal. Where there is a flag, it decides, and the value can stay. */
const removals = {
	accessList: { fields: { access_list: [] }, instead: ['accessList'] },
	backgroundUrl: { fields: { background_url: undefined }, instead: ['backgroundUrl'] },
	cloudConnections: { fields: { cloud_connections: [] }, instead: ['connections'] },
	downloadPassword: {
		fields: { has_download_password: false, download_password: undefined },
		instead: ['downloadPassword'],
	},
	expiry: { fields: { expiry_enabled: false }, instead: ['expiry'] },
	fileTypes: { fields: { file_type_restriction_enabled: false }, instead: ['fileTypes'] },
	logoUrl: { fields: { logo_url: undefined }, instead: ['logoUrl'] },
	message: { fields: { message: '' }, instead: ['message'] },
	nameFormat: { fields: { package_name_format_enabled: false }, instead: ['nameFormat'] },
	primaryColor: { fields: { primary_color: undefined }, instead: ['primaryColor'] },
	recipients: { fields: { recipients: [] }, instead: ['recipients'] },
	sizeLimits: {
		fields: { package_size_restriction_enabled: false },
		instead: ['maxPackageBytes', 'maxFileBytes', 'maxFileCount'],
	},
	tag: { fields: { tag: undefined }, instead: ['tag'] },
	teamspace: { fields: { teamspace_id: '' }, instead: ['teamspaceId'] },
	terms: { fields: { terms_of_service_enabled: false }, instead: ['terms'] },
	uploadPassword: { fields: { has_access_code: false, access_code: undefined }, instead: ['uploadPassword'] },
	webhooks: { fields: { custom_webhooks: [] }, instead: ['webhookIds'] },
} as const satisfies Record<string, Removal>;

export type RemovableSetting = keyof typeof removals;

export function removalOf(setting: RemovableSetting): Removal {
	return removals[setting];
}

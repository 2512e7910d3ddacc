import type { PortalSettings } from './settings';

interface Removal {
	/** For people. */
	name: string;
	/** What to write for it. A key with undefined is left out of the request, which MASV takes as unset. */
	fields: Record<string, unknown>;
	/** The settings that would contradict it. */
	instead: ReadonlyArray<keyof PortalSettings>;
}

/** How each optional setting is removed from a portal. Where there is a flag, it decides, and the value can stay. */
const removals = {
	accessList: { name: 'access list', fields: { access_list: [] }, instead: ['accessList'] },
	backgroundUrl: { name: 'background', fields: { background_url: undefined }, instead: ['backgroundUrl'] },
	cloudConnections: { name: 'storage connections', fields: { cloud_connections: [] }, instead: ['connections'] },
	downloadPassword: {
		name: 'download password',
		fields: { has_download_password: false, download_password: undefined },
		instead: ['downloadPassword'],
	},
	expiry: { name: 'closing date', fields: { expiry_enabled: false }, instead: ['expiry'] },
	fileTypes: { name: 'allowed file types', fields: { file_type_restriction_enabled: false }, instead: ['fileTypes'] },
	logoUrl: { name: 'logo', fields: { logo_url: undefined }, instead: ['logoUrl'] },
	message: { name: 'message', fields: { message: '' }, instead: ['message'] },
	nameFormat: { name: 'package name pattern', fields: { package_name_format_enabled: false }, instead: ['nameFormat'] },
	primaryColor: { name: 'primary color', fields: { primary_color: undefined }, instead: ['primaryColor'] },
	recipients: { name: 'recipients', fields: { recipients: [] }, instead: ['recipients'] },
	sizeLimits: {
		name: 'size limits',
		fields: { package_size_restriction_enabled: false },
		instead: ['maxPackageBytes', 'maxFileBytes', 'maxFileCount'],
	},
	tag: { name: 'tag', fields: { tag: undefined }, instead: ['tag'] },
	teamspace: { name: 'Teamspace', fields: { teamspace_id: '' }, instead: ['teamspaceId'] },
	terms: { name: 'terms of service', fields: { terms_of_service_enabled: false }, instead: ['terms'] },
	uploadPassword: {
		name: 'upload password',
		fields: { has_access_code: false, access_code: undefined },
		instead: ['uploadPassword'],
	},
	webhooks: { name: 'webhooks', fields: { custom_webhooks: [] }, instead: ['webhookIds'] },
} as const satisfies Record<string, Removal>;

export type RemovableSetting = keyof typeof removals;

export function removalOf(setting: RemovableSetting): Removal {
	return removals[setting];
}

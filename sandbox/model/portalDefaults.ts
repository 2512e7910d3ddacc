import { randomBytes } from 'node:crypto';
import { newId } from './ids.ts';
import { isoDate, noDate, type Portal } from './state.ts';

/** An active portal with all other documented fields at their defaults (MASV docs, Portals). */
export function defaultPortal(teamId: string, nowMs: number): Portal {
	const now = isoDate(nowMs);
	return {
		id: newId(nowMs),
		team_id: teamId,
		name: 'Seeded portal',
		subdomain: `seeded-${randomBytes(4).toString('hex')}`,
		message: '',
		active: true,
		has_access_code: false,
		access_code: '',
		has_download_password: false,
		download_password: '',
		recipients: [],
		cc_recipients: [],
		disable_upload_receipt: false,
		custom_expiry_days: 0,
		primary_color: '#0078D4',
		logo_url: '',
		background_url: '',
		access_level: 'regular',
		access_list: [],
		custom_webhooks: [],
		cloud_connections: [],
		terms_of_service_enabled: false,
		terms_of_service: { checkbox_label: '', checkbox_url: '', title: '', description: '' },
		package_size_restriction_enabled: false,
		max_package_size: 0,
		max_file_size: 0,
		max_file_count: 0,
		file_type_restriction_enabled: false,
		file_type_restriction_exclude: false,
		file_types: [],
		expiry_enabled: false,
		expiry: noDate,
		package_name_format_enabled: false,
		package_name_format: { value: '', label: '' },
		created_at: now,
		updated_at: now,
	};
}

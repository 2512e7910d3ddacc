/** Of the operations that get or list something. The item loop applies it: see {@link simplified}. */
export const simplify = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: false,
	toolDefault: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
} as const;

/** What people and AI agents choose and decide by. Whatever else MASV returns is left out. */
const shownKeys = [
	'id',
	'name',
	'state',
	'size',
	'total_files',
	'sender',
	'recipients',
	'created_at',
	'expiry',
	'portal_id',
	// One ID with two names: docs/masv-api.md#contradictions
	'form_data_id',
	'custom_metadata_id',
	// Portals, webhooks
	'subdomain',
	'active',
	'url',
	'events',
	// Files
	'kind',
	'path',
	// Storage connections
	'provider',
	'direction',
	'is_default',
	// Activities
	'activity_type',
	'type',
	'activity_state',
	// Links, members, activities
	'package_id',
	'package_name',
	'package_size',
	'sender_email',
	'recipient_email',
	'email',
];

/** Only the fields of a record that matter most. */
export function simplified(record: object): Record<string, unknown> {
	return Object.fromEntries(Object.entries(record).filter(([key]) => shownKeys.includes(key)));
}

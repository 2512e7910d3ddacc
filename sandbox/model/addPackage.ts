import type { Context } from './context.ts';
import { newId } from './ids.ts';
import { beginActivity, expiryDate } from './packageLife.ts';
import { isoDate, type Package, type Portal } from './state.ts';

type Given = Pick<Package, 'name' | 'description' | 'sender' | 'chunk_size'> & Partial<Package>;

/** Adds a package; fields that are not given get their default. */
export function addPackage(context: Context, given: Given): Package {
	const nowMs = context.now();
	const now = isoDate(nowMs);
	const created: Package = {
		id: newId(nowMs),
		team_id: context.state.teamId,
		recipients: [],
		state: 'new',
		size: 0,
		total_files: 0,
		access_limit: 0,
		password: '',
		created_at: now,
		updated_at: now,
		usage_updated_at: now,
		expiry: expiryDate(nowMs),
		custom_expiry: false,
		unlimited_storage: false,
		extra_storage: false,
		contains_virus: false,
		...given,
	};
	context.state.packages.set(created.id, created);
	beginActivity(context, created, 'package_upload_to_masv', 'pending');
	return created;
}

/**
 * What a package inherits from its portal (MASV docs, Portals: tag, custom_expiry_days, recipients, download_password).
 */
export function inherited(portal: Portal, nowMs: number): Partial<Package> {
	const { custom_expiry_days: days } = portal;
	return {
		portal_id: portal.id,
		recipients: portal.recipients,
		password: portal.has_download_password ? portal.download_password : '',
		expiry: expiryDate(nowMs, days),
		custom_expiry: days !== 0,
		unlimited_storage: days === -1,
		...(portal.tag === undefined ? {} : { tag: portal.tag }),
		...(portal.teamspace === undefined ? {} : { teamspace: portal.teamspace }),
	};
}

import type { MasvClient } from '../client';
import { toTime } from '../dates';
import { MasvInputError } from '../errors';
import { toPortalFields } from './portalFields';
import type { RemovableSetting } from './removals';
import type { PortalSettings } from './settings';
import { inPortal, updatePortal } from './update';
import type { PortalChanges, WholePortal } from './wholePortal';
import { nameOf, toRequestValue, wouldLosePassword } from './wholePortal';

/** MASV does not return them, so nothing shows whether an update has set them. */
const writeOnlyKeys = ['access_code', 'download_password'];

/**
 * Changes these settings of a portal and leaves all others as they are.
 * @returns the portal as it is then
 * @throws PortalNotFoundError, and MasvInputError if the update would lose a password
 */
export async function changePortal(
	client: MasvClient,
	portalId: string,
	settings: PortalSettings,
	removed: readonly RemovableSetting[],
): Promise<WholePortal> {
	client.secrets.add(settings.uploadPassword);
	client.secrets.add(settings.downloadPassword);
	let before: WholePortal | undefined;
	const work = updatePortal(client, portalId, {
		action: 'update',
		field: 'portal',
		change: (portal) => {
			const fields = toPortalFields(settings, portal, removed);
			const isDone = Object.entries(fields).every(([key, wanted]) => isApplied(key, wanted, portal, before));
			return isDone ? undefined : withConnections(fields);
		},
		beforeUpdate: (portal, changes) => {
			if (wouldLosePassword({ ...portal, ...changes })) throw passwordRequired(portal, changes);
			before = portal;
		},
	});
	return await inPortal(portalId, async () => await work);
}

/** The flag without which MASV ignores the connections: docs/masv-api.md#updating-a-portal */
function withConnections(fields: PortalChanges): PortalChanges {
	return 'cloud_connections' in fields ? { ...fields, configure_cloud_connections: true } : fields;
}

/**
 * Whether the portal has this value. MASV may write a value in a form of its own, so after an update, any value counts that
 * is not the former one: that one means that someone else has written the portal back.
 * @param before the portal as it was read for the last update, if there was one
 */
function isApplied(key: string, wanted: unknown, portal: WholePortal, before: WholePortal | undefined): boolean {
	if (writeOnlyKeys.includes(key)) return before !== undefined || wanted === undefined;
	const now = canonical(toRequestValue(portal, key));
	if (now === canonical(wanted)) return true;
	if (before === undefined) return false;
	// The same update again: the former value is what MASV has made of this one.
	if (canonical(loosely(toRequestValue(portal, key))) === canonical(loosely(wanted))) return true;
	return now !== canonical(toRequestValue(before, key));
}

/** A value without what MASV may write otherwise: letter case, blanks, the end of a URL, numbers, and the order of lists. */
function loosely(value: unknown): unknown {
	if (typeof value === 'string') return value.replace(/\s+/g, ' ').trim().toLowerCase().replace(/\/$/, '');
	if (typeof value === 'number' && value !== 0) return String(value);
	if (Array.isArray(value)) return [...new Set(value.map((part) => canonical(loosely(part))))].sort();
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, loosely(part)]));
}

/** What is equal for MASV gives the same text: nothing and empty, keys in any order, a time in any form, in whole seconds. */
function canonical(value: unknown): string {
	return JSON.stringify(simplest(value)) ?? '';
}

function simplest(value: unknown): unknown {
	if (value === null || value === '' || value === false || value === 0) return undefined;
	if (typeof value === 'string') {
		const ms = /^\d{4}-\d\d-\d\dT/.test(value) ? toTime(value) : undefined;
		return ms === undefined ? value : Math.floor(ms / 1000);
	}
	if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(simplest);
	if (typeof value !== 'object') return value;
	const pairs = Object.entries(value).map(([key, part]) => [key, simplest(part)] as const);
	const filled = pairs.filter(([, part]) => part !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
	return filled.length === 0 ? undefined : Object.fromEntries(filled);
}

function passwordRequired(portal: WholePortal, changes: PortalChanges): MasvInputError {
	const after: WholePortal = { ...portal, ...changes };
	const isUpload = wouldLosePassword({ ...after, has_download_password: false });
	return new MasvInputError(
		`MASV does not return the ${isUpload ? 'upload' : 'download'} password of portal "${nameOf(portal)}", and requires it in every update`,
		{
			code: 'portal_password_required',
			field: isUpload ? 'uploadPassword' : 'downloadPassword',
			hint: 'Enter the password again, or remove it from the portal.',
		},
	);
}

import type { Context } from './context.ts';
import { badRequest } from './errors.ts';
import { newId } from './ids.ts';
import { isoDate, type Activity, type ActivityState, type ActivityType, type Package, filesOf } from './state.ts';

/** Days a package is kept unless the package or its portal sets an expiry (MASV docs, Portals, "Custom expiry"). */
const defaultExpiryDays = 7;

export const dayMs = 24 * 3600 * 1000;

/** When a package created now expires; `customDays` 0 = the team's default, -1 = unlimited storage. */
export function expiryDate(nowMs: number, customDays = 0): string {
	return isoDate(nowMs + (customDays > 0 ? customDays : defaultExpiryDays) * dayMs);
}

/** @throws ApiFailure 400 if the package is in none of these states */
export function requireState(checked: Package, states: Package['state'][], action: string): void {
	if (!states.includes(checked.state)) {
		throw badRequest(`cannot ${action} this package: its state is already ${checked.state}`);
	}
}

/**
 * What MASV does when a package expires or is deleted: files and custom metadata are deleted, the record stays as
 * `expired`, and its links stop working (MASV docs, Packages).
 */
export async function expirePackage(context: Context, expired: Package): Promise<void> {
	if (expired.state === 'new') advanceActivity(context, expired, 'package_upload_to_masv', 'cancelled');
	expired.state = 'expired';
	expired.updated_at = isoDate(context.now());
	if (expired.form_data_id !== undefined) context.state.formResponses.delete(expired.form_data_id);
	const files = filesOf(context.state, expired.id);
	for (const file of files) context.state.files.delete(file.id);
	await Promise.all(files.map((file) => context.store.remove(file.key)));
}

/** Expires finalized packages whose expiry has passed; the docs say nothing about packages still being uploaded. */
export async function expireOverdue(context: Context): Promise<void> {
	const overdue = [...context.state.packages.values()].filter(
		({ state, unlimited_storage, expiry }) =>
			state === 'finalized' && !unlimited_storage && Date.parse(expiry) <= context.now(),
	);
	await Promise.all(overdue.map((each) => expirePackage(context, each)));
}

/** Recomputes `size` and `total_files`. Directories have no size and are not counted. */
export function countFiles(context: Context, counted: Package): void {
	const files = filesOf(context.state, counted.id).filter((file) => file.kind === 'file');
	counted.total_files = files.length;
	counted.size = files.reduce((sum, file) => sum + (file.size ?? 0), 0);
	counted.updated_at = isoDate(context.now());
}

/** Starts an activity (docs/masv-api.md#activities). */
export function beginActivity(
	context: Context,
	of: Package,
	type: ActivityType,
	state: ActivityState,
	linkId?: string,
): Activity {
	const now = isoDate(context.now());
	const activity: Activity = {
		id: newId(context.now()),
		activity_type: type,
		activity_state: state,
		package_id: of.id,
		package_name: of.name,
		portal_id: of.portal_id,
		teamspace_id: of.teamspace?.id,
		link_id: linkId,
		created_at: now,
		updated_at: now,
		extras: {},
		events: [{ id: newId(context.now()), activity_state: state, created_at: now }],
	};
	context.state.activities.set(activity.id, activity);
	return activity;
}

/** Sets the state of the latest activity of this type (and link); starts one if there is none. */
export function advanceActivity(
	context: Context,
	of: Package,
	type: ActivityType,
	state: ActivityState,
	linkId?: string,
): void {
	const activity = [...context.state.activities.values()].findLast(
		(candidate) => candidate.package_id === of.id && candidate.activity_type === type && candidate.link_id === linkId,
	);
	if (activity === undefined) {
		beginActivity(context, of, type, state, linkId);
	} else if (activity.activity_state !== state) {
		activity.activity_state = state;
		activity.updated_at = isoDate(context.now());
		activity.events.push({ id: newId(context.now()), activity_state: state, created_at: activity.updated_at });
	}
}

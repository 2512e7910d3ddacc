import { z } from 'zod';

import type { MasvClient } from './client';
import { MasvApiError, MasvInputError } from './errors';
import { idSchema, onlyListSchema } from './onlyList';
import type { Page } from './pages';
import { maxPageRecords, readPage, readPages } from './pages';
import { path } from './path';
import type { RetryPolicy } from './retry';
import { noRetry } from './retry';
import { isLasting, isMissingRoute } from './answers';
import type { QueryValue } from './apiCall';
import { asUndocumented } from './undocumented';
import { withoutFields } from './withoutFields';

/** The activity types that this project uses: docs/masv-api.md#activities */
export type ActivityType =
	'package_upload_to_masv' | 'package_download_from_masv' | 'link_generation' | 'package_transfer_masv_to_cloud';

const text = z.string().optional().catch(undefined);

/**
 * The values of types and states are known from MASV's MCP server; the field names are not, so each field is read under
 * either of two possible names: docs/masv-api.md#activities
 */
export const activitySchema = z.looseObject({
	id: idSchema,
	activity_type: text,
	type: text,
	activity_state: text,
	state: text,
	created_at: text,
	package_id: text,
	package_name: text,
	package: z.looseObject({ id: text }).optional().catch(undefined),
});
export type Activity = z.infer<typeof activitySchema>;

export function activityTypeOf(activity: Activity): string | undefined {
	return activity.activity_type ?? activity.type;
}

/** `pending`, `started`, `complete`, `cancelled` or `error`. It may change back: docs/masv-api.md#activities */
export function activityStateOf(activity: Activity): string | undefined {
	return activity.activity_state ?? activity.state;
}

export function activityPackageIdOf(activity: Activity): string | undefined {
	return activity.package_id ?? activity.package?.id;
}

const pageSchema = onlyListSchema(activitySchema);

function activityList(client: MasvClient, query: Record<string, QueryValue>) {
	return {
		operation: 'list the activities',
		path: path`/v1.1/teams/${client.teamId}/activities`,
		query,
		record: activitySchema,
		page: pageSchema,
	};
}

/**
 * One page of the team's activities. `GET /v1.1/teams/{team}/activities`: docs/masv-api.md#activities
 * @throws MasvInputError if the server has no activities
 */
export async function readActivityPage(
	client: MasvClient,
	query: Record<string, QueryValue>,
	page: number,
): Promise<Page<Activity>> {
	try {
		return await readPage(client, activityList(client, query), page);
	} catch (error) {
		throw unavailable(error);
	}
}

/** All of the team's activities that match. @throws MasvInputError if the server has no activities */
export async function* readActivities(client: MasvClient, query: Record<string, QueryValue>): AsyncGenerator<Activity> {
	try {
		yield* readPages(client, activityList(client, query));
	} catch (error) {
		throw unavailable(error);
	}
}

/** @returns the error that says what is missing, or the same error */
function unavailable(error: unknown): unknown {
	if (!isMissingRoute(error)) return asUndocumented(error);
	return new MasvInputError('This MASV server does not provide activities', {
		code: 'activities_unavailable',
		field: 'activities',
		cause: error,
	});
}

/**
 * Whether the upload of a package was ever complete. For an expired package, this is the only record of it; if the
 * package was deleted unfinished, its upload is `cancelled` or `error`: docs/masv-api.md#activities
 * @returns `unclear` if no activity says so: a server that ignores the filters may have it on another page, or may name the
 * fields in another way; undefined if this server does not provide this for any package
 * @param policy default: only one attempt
 * @throws MasvError if a later attempt may succeed
 */
export async function wasUploaded(
	client: MasvClient,
	packageId: string,
	policy: RetryPolicy = noRetry,
): Promise<boolean | 'unclear' | undefined> {
	try {
		const type: ActivityType = 'package_upload_to_masv';
		const { path: route, operation } = activityList(client, {});
		const found = await client.call({
			operation,
			method: 'GET',
			path: route,
			query: { activity_types: [type], package_id: packageId, page: 1, limit: maxPageRecords },
			schema: pageSchema.optional().catch(undefined),
			policy,
		});
		if (found === undefined) return undefined;
		// Checked again here: a server that does not know the filters returns everything.
		const isUpload = (activity: Activity): boolean =>
			activityTypeOf(activity) === type && activityPackageIdOf(activity) === packageId;
		const states = found.records.filter(isUpload).map(activityStateOf);
		if (states.includes('complete')) return true;
		return states.some((state) => state !== undefined) ? false : 'unclear';
	} catch (error) {
		if (error instanceof MasvApiError && isLasting(error)) return undefined;
		throw error;
	}
}

/** A value without secrets. The fields of an activity are not documented, so every field named like a secret is removed. */
export function withoutTokens<T>(value: T): T {
	return withoutFields(value, /(token|secret|password|access_code)$/i);
}

/** An activity for output: without secrets, with its type, state and package under the names that filters have. */
export function showActivity(activity: Activity): Record<string, unknown> {
	return {
		...withoutTokens(activity),
		activity_type: activityTypeOf(activity) ?? null,
		activity_state: activityStateOf(activity) ?? null,
		package_id: activityPackageIdOf(activity) ?? null,
	};
}

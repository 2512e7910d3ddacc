import { z } from 'zod';

import type { MasvClient } from './client';
import { MasvApiError, MasvInputError } from './errors';
import type { Page } from './pages';
import { maxPageRecords } from './pages';
import { path } from './path';
import { noRetry } from './retry';
import { listSchema } from './schemas';
import { isLasting, isMissingRoute } from './answers';
import type { ApiCall, QueryValue } from './apiCall';

/** The activity types that this project uses: docs/masv-api.md#activities */
export type ActivityType = 'package_upload_to_masv' | 'package_download_from_masv' | 'package_transfer_masv_to_cloud';

const text = z.string().optional().catch(undefined);

/**
 * The values of types and states are known from MASV's MCP server; the field names are not, so each field is read under
 * either of two possible names: docs/masv-api.md#activities
 */
export const activitySchema = z.looseObject({
	id: z.union([z.string().min(1), z.number().transform(String)]),
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

const pageSchema = z.preprocess(toListForm, listSchema(activitySchema));

/** The response is an object, but the key of its list is not documented, so its only array is used. */
function toListForm(response: unknown): unknown {
	if (typeof response !== 'object' || response === null || Array.isArray(response) || 'records' in response)
		return response;
	const lists = Object.values(response).filter((value) => Array.isArray(value));
	return lists.length === 1 ? { ...response, records: lists[0] } : response;
}

function pageCall<T>(
	client: MasvClient,
	query: Record<string, QueryValue>,
	page: number,
	schema: z.ZodType<T>,
): ApiCall<T> {
	return {
		operation: 'list the activities',
		method: 'GET',
		path: path`/v1.1/teams/${client.teamId}/activities`,
		query: { ...query, page, limit: maxPageRecords },
		schema,
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
		return await client.call(pageCall(client, query, page, pageSchema));
	} catch (error) {
		if (!isMissingRoute(error)) throw error;
		throw new MasvInputError('This MASV server does not provide activities', {
			code: 'activities_unavailable',
			field: 'event',
			cause: error,
		});
	}
}

/**
 * Whether the upload of a package was ever complete. For an expired package, this is the only record of it; if the
 * package was deleted unfinished, its upload is `cancelled` or `error`: docs/masv-api.md#activities
 * @returns undefined if this server does not provide this for any package
 * @throws MasvError if a retry may help; this function makes only one attempt
 */
export async function wasUploaded(client: MasvClient, packageId: string): Promise<boolean | undefined> {
	try {
		const type: ActivityType = 'package_upload_to_masv';
		const query = { activity_types: [type], package_id: packageId };
		const call = pageCall(client, query, 1, pageSchema.optional().catch(undefined));
		const found = await client.call({ ...call, policy: noRetry });
		return found?.records.some(
			(activity) =>
				// Checked again here: a server that does not know the filters returns everything.
				activityTypeOf(activity) === type &&
				activityPackageIdOf(activity) === packageId &&
				activityStateOf(activity) === 'complete',
		);
	} catch (error) {
		if (error instanceof MasvApiError && isLasting(error)) return undefined;
		throw error;
	}
}

/** A value without secrets. The fields of an activity are not documented, so every field named like a secret is removed. */
export function withoutTokens<T>(value: T): T {
	if (Array.isArray(value)) return value.map((entry: unknown) => withoutTokens(entry)) as T;
	if (typeof value !== 'object' || value === null) return value;
	const shown = Object.entries(value).filter(([name]) => !/(token|secret|password|access_code)$/i.test(name));
	return Object.fromEntries(shown.map(([name, entry]) => [name, withoutTokens<unknown>(entry)])) as T;
}

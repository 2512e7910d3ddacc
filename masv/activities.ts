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

/** What happens to a package after it was sent or received (MASV's MCP server, `activity_types`). */
export type ActivityType = 'package_upload_to_masv' | 'package_download_from_masv' | 'package_transfer_masv_to_cloud';

const text = z.string().optional().catch(undefined);

/**
 * Activities are in MASV's MCP server, not in its documentation: the values of types and states are known from there, the
 * names of most fields are guesses, so that each is looked for under both names that it may have.
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

/** `pending`, `started`, `complete`, `cancelled` or `error`; can go back and forth (MASV's MCP server). */
export function activityStateOf(activity: Activity): string | undefined {
	return activity.activity_state ?? activity.state;
}

export function activityPackageIdOf(activity: Activity): string | undefined {
	return activity.package_id ?? activity.package?.id;
}

const pageSchema = z.preprocess(toListForm, listSchema(activitySchema));

/** That the answer is an object is known, under which key it has its list is not. */
function toListForm(answer: unknown): unknown {
	if (typeof answer !== 'object' || answer === null || Array.isArray(answer) || 'records' in answer) return answer;
	const lists = Object.values(answer).filter((value) => Array.isArray(value));
	return lists.length === 1 ? { ...answer, records: lists[0] } : answer;
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
 * One page of the team's activities. `GET /v1.1/teams/{team}/activities` (MASV's MCP server).
 * @throws MasvInputError on a server without activities
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
		throw new MasvInputError('This MASV server does not offer activities', {
			field: 'Trigger On',
			hint: 'Downloads and deliveries to storage cannot be watched here. Watch packages instead, or check the Base URL of the credential.',
			cause: error,
		});
	}
}

/**
 * Whether MASV says that everything of a package arrived at some time: the one trace that is left of it when the package has
 * expired since (MASV's MCP server: the upload of a package that was deleted unfinished is `cancelled` or `error`).
 * @returns undefined where nothing can be told of any package
 * @throws MasvError when another try may help; here it is tried once only
 */
export async function wasUploaded(client: MasvClient, packageId: string): Promise<boolean | undefined> {
	try {
		const type: ActivityType = 'package_upload_to_masv';
		const query = { activity_types: [type], package_id: packageId };
		const call = pageCall(client, query, 1, pageSchema.optional().catch(undefined));
		const found = await client.call({ ...call, policy: noRetry });
		return found?.records.some(
			(activity) =>
				// Held against the filters: a server that does not know them answers with everything.
				activityTypeOf(activity) === type &&
				activityPackageIdOf(activity) === packageId &&
				activityStateOf(activity) === 'complete',
		);
	} catch (error) {
		if (error instanceof MasvApiError && isLasting(error)) return undefined;
		throw error;
	}
}

/** The activity as people may see it. What else is in it is not known, so that whatever is named like a secret goes. */
export function withoutTokens<T>(value: T): T {
	if (Array.isArray(value)) return value.map((entry: unknown) => withoutTokens(entry)) as T;
	if (typeof value !== 'object' || value === null) return value;
	const shown = Object.entries(value).filter(([name]) => !/(token|secret|password|access_code)$/i.test(name));
	return Object.fromEntries(shown.map(([name, entry]) => [name, withoutTokens<unknown>(entry)])) as T;
}

import { z } from 'zod';

import { nextCursorIn } from './cursor';

/**
 * MASV's objects, as far as this package acts on them. Everything else in a response is passed through: the documentation
 * is incomplete, and fields that MASV adds must reach the user. If a value that is only shown has an unexpected type, it is
 * dropped instead of failing the whole response.
 */

const shownText = z.string().optional().catch(undefined);
const shownNumber = z.number().optional().catch(undefined);
const shownBoolean = z.boolean().optional().catch(undefined);

/** `new` during the upload, `finalized` when complete, `expired` without its files: docs/masv-api.md#package-states */
export const packageStates = ['new', 'finalized', 'expired', 'archived'] as const;

/** docs/masv-api.md#package-object */
export const packageSchema = z.looseObject({
	id: z.string().min(1),
	/** A bearer secret for this package, new in each response: docs/masv-api.md#package-tokens. Never shown. */
	access_token: z.string().min(1).optional().catch(undefined),
	name: shownText,
	state: shownText,
	size: shownNumber,
	total_files: shownNumber,
	created_at: shownText,
	updated_at: shownText,
	expiry: shownText,
	chunk_size: shownNumber,
	contains_virus: shownBoolean,
	/** Not in MASV's documentation. The portal that the package was received through, in some responses. */
	portal_id: shownText,
});
export type MasvPackage = z.infer<typeof packageSchema>;

/** A new package. Without its token it could not be used: docs/masv-api.md#creating-a-package */
export const createdPackageSchema = packageSchema.extend({ access_token: z.string().min(1) });
export type CreatedPackage = z.infer<typeof createdPackageSchema>;

/** docs/masv-api.md#portal-object */
export const portalSchema = z.looseObject({
	id: z.string().min(1),
	name: shownText,
	subdomain: shownText,
	active: shownBoolean,
	has_access_code: shownBoolean,
	expiry_enabled: shownBoolean,
	expiry: shownText,
	package_size_restriction_enabled: shownBoolean,
	/** Bytes; 0 is unlimited. */
	max_package_size: shownNumber,
	max_file_size: shownNumber,
	max_file_count: shownNumber,
	file_type_restriction_enabled: shownBoolean,
	file_type_restriction_exclude: shownBoolean,
	file_types: arrayOf(z.string()).optional().catch(undefined),
	package_name_format_enabled: shownBoolean,
	package_name_format: z.looseObject({ value: shownText, label: shownText }).optional().catch(undefined),
});
export type Portal = z.infer<typeof portalSchema>;

/** docs/masv-api.md#listing-the-files-of-a-package. Zip entries have neither `size` nor `path`. */
export const fileSchema = z.looseObject({
	id: z.string().min(1),
	kind: shownText,
	name: shownText,
	path: shownText,
	size: shownNumber,
	/** As sent when the file was added, in any offset. */
	last_modified: shownText,
	/** Whether all parts have arrived; known from one public client only. */
	completed: shownBoolean,
	virus_detected: shownBoolean,
});
export type MasvFile = z.infer<typeof fileSchema>;

/**
 * Headers as a map of strings. A map of lists, the form that some HTTP libraries use, is accepted, too. One function instead of
 * schemas one within the other, which take longer than all else about a blueprint, and there are two for each small file.
 */
const headerMap = z
	.unknown()
	.optional()
	.transform((headers, context): Record<string, string> => {
		const texts: Record<string, string> = {};
		if (headers === undefined || headers === null) return texts;
		if (typeof headers !== 'object' || Array.isArray(headers)) {
			context.issues.push({ code: 'custom', input: headers });
			return z.NEVER;
		}
		for (const [name, value] of Object.entries(headers)) {
			const text = headerText(value);
			if (text !== undefined) texts[name] = text;
			else context.issues.push({ code: 'custom', input: value, path: [name] });
		}
		return texts;
	});

function headerText(value: unknown): string | undefined {
	if (typeof value === 'string') return value;
	if (typeof value === 'number') return String(value);
	return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value.join(', ') : undefined;
}

/** A pre-signed request to the storage: docs/masv-api.md#blueprints */
export const blueprintSchema = z.object({
	url: z.string().min(1),
	method: z.string().min(1).optional(),
	headers: headerMap,
	body: z
		.string()
		.nullish()
		.catch(undefined)
		.transform((body) => body ?? ''),
});
export type Blueprint = z.infer<typeof blueprintSchema>;
export const blueprintsSchema = arrayOf(blueprintSchema);

/** docs/masv-api.md#adding-a-file */
export const addedFileSchema = z.object({
	file: z.object({ id: z.string().min(1) }),
	create_blueprint: blueprintSchema,
});
export type AddedFile = z.infer<typeof addedFileSchema>;

/** The same for a directory. Whether there is a blueprint is not documented. */
export const addedDirectorySchema = z.looseObject({
	file: z.looseObject({ id: z.string().min(1) }),
	create_blueprint: blueprintSchema.nullish().catch(undefined),
});
export type AddedDirectory = z.infer<typeof addedDirectorySchema>;

/** `GET /v1/system/packages/spec`. The form of the JSON is not documented: docs/masv-api.md#upload-limits */
export const uploadSpecSchema = z.looseObject({
	max_chunk_count: shownNumber,
	max_chunk_size: shownNumber,
	min_chunk_size: shownNumber,
});

/** `download_secret` is in this response only, and absent if the link is emailed: docs/masv-api.md#creating-a-link */
export const createdLinkSchema = z.looseObject({
	id: z.string().min(1),
	download_secret: z.string().min(1).optional().catch(undefined),
});
export type CreatedLink = z.infer<typeof createdLinkSchema>;

/** What a link leads to: docs/masv-api.md#looking-up-a-link */
export const foundLinkSchema = z.looseObject({
	package_id: z.string().min(1),
	/** A bearer secret for listing and downloading. Never shown. */
	package_token: z.string().min(1),
	name: shownText,
	expiry: shownText,
	package_size: shownNumber,
});
export type FoundLink = z.infer<typeof foundLinkSchema>;

/** The response of every bulk archive route: docs/masv-api.md#archiving */
export const totalUpdatedSchema = z.looseObject({ total_updated: z.number() });

/** How many records are decoded before it is looked whether one of them was refused. */
const decodedAtOnce = 1_000;

/**
 * An array that is refused soon after the first record that does not decode. `z.array` notes each of them, of which there may be
 * millions: that would stop n8n for minutes, and take all memory.
 */
export function arrayOf<T extends z.ZodType>(record: T) {
	const some = z.array(record);
	return z.custom<unknown[]>(Array.isArray).transform((all, context): Array<z.output<T>> => {
		const records: Array<z.output<T>> = [];
		for (let start = 0; start < all.length; start += decodedAtOnce) {
			const { success, data, error } = some.safeParse(all.slice(start, start + decodedAtOnce));
			if (!success) {
				const [index, ...path] = error.issues[0]?.path ?? [];
				context.issues.push({ code: 'custom', input: all, path: [start + Number(index), ...path] });
				return z.NEVER;
			}
			for (const each of data) records.push(each);
		}
		return records;
	});
}

/** The page form of v1.1 lists, or the bare array of v1 lists; `null` is an empty list: docs/masv-api.md#pages */
export function listSchema<T extends z.ZodType>(record: T) {
	return z.union([
		z
			.looseObject({
				metadata: z.looseObject({ total: shownNumber }).nullish().catch(undefined),
				records: arrayOf(record).nullable(),
			})
			.transform(({ records, ...page }) => {
				const cursor = nextCursorIn(page);
				return { total: page.metadata?.total, records: records ?? [], ...(cursor !== undefined && { cursor }) };
			}),
		arrayOf(record)
			.nullable()
			.transform((records) => ({ total: records?.length ?? 0, records: records ?? [] })),
	]);
}

/** Far more than is shown. */
const maxErrors = 100;

/**
 * MASV's error body. Only `code` and `errors[]` are documented; existing clients read `message`:
 * docs/masv-api.md#error-bodies
 */
export const errorBodySchema = z.looseObject({
	code: z.union([z.string(), z.number()]).optional().catch(undefined),
	message: z.string().optional().catch(undefined),
	error: z.string().optional().catch(undefined),
	errors: z
		.custom<unknown[]>(Array.isArray)
		// A response may complain about each of millions of values.
		.transform((all) => all.slice(0, maxErrors))
		.pipe(
			z.array(
				z.looseObject({
					code: z.union([z.string(), z.number()]).optional().catch(undefined),
					msg: shownText,
					message: shownText,
				}),
			),
		)
		.nullish()
		.catch(undefined),
});

/** docs/masv-api.md#webhook-routes. `active` is a string in one table and a boolean in the example next to it. */
export const webhookSchema = z.looseObject({
	id: z.string().min(1),
	url: shownText,
	method: shownText,
	active: z.union([z.boolean(), z.stringbool()]).optional().catch(undefined),
	events: arrayOf(z.string()).optional().catch(undefined),
	headers: z.record(z.string(), z.string()).optional().catch(undefined),
});
export type Webhook = z.infer<typeof webhookSchema>;

/** A webhook with everything that MASV returns for it, unchanged. */
export const wholeWebhookSchema = z.looseObject({ id: z.string().min(1) });

/**
 * The team's webhooks. The form of the response is not documented, so any array in it is used; records that do not decode
 * are ignored, because they are not ours: docs/masv-api.md#webhook-routes. Undefined: the response contains no list.
 */
export function webhookListSchema<T extends z.ZodType>(webhook: T) {
	return z.unknown().transform((response) => {
		const { metadata, ...rest }: Record<string, unknown> = z.looseObject({}).safeParse(response).data ?? {};
		const lists = [response, rest.records, ...Object.values(rest)];
		const list = lists.find((value): value is unknown[] => Array.isArray(value));
		if (list === undefined && response !== null && rest.records !== null) return undefined;
		// What has no ID is no webhook, and to find that out with the schema takes much longer.
		const records = z.array(webhook.optional().catch(undefined)).parse(list?.filter(hasId) ?? []);
		const total = z.looseObject({ total: z.number() }).safeParse(metadata).data?.total;
		return {
			isWhole: total === undefined || total <= (list?.length ?? 0),
			records: records.filter((record) => record !== undefined),
		};
	});
}

/** What MASV sends to a webhook, as existing receivers read it: docs/masv-api.md#webhook-events */
export const webhookEventSchema = z.looseObject({
	/** The same in all attempts to deliver an event. */
	event_id: z
		.union([z.string().min(1), z.number()])
		.optional()
		.catch(undefined),
	event_type: z.string().min(1),
	event_time: shownText,
	/** The package, without its token. */
	object: z.looseObject({ id: z.string().min(1), portal_id: shownText }),
});
export type WebhookEvent = z.infer<typeof webhookEventSchema>;

/**
 * `GET /v1/packages/{id}/metadata`: the form values that the sender entered, by name. Not in MASV's documentation; an
 * existing client reads `fields`, and anything else is passed through: docs/masv-api.md#forms
 */
export const formDataSchema = z.unknown().transform((response): Record<string, unknown> => {
	const { fields, ...more }: Record<string, unknown> = z.looseObject({}).safeParse(response).data ?? {};
	const list = Array.isArray(response) ? response : fields;
	if (!Array.isArray(list)) return fields === undefined || fields === null ? more : { fields, ...more };
	return Object.fromEntries(list.filter(isNamed).map(({ name, value }) => [name, value]));
});

function isNamed(field: unknown): field is { name: string; value?: unknown } {
	return typeof (field as { name?: unknown } | null | undefined)?.name === 'string';
}

function hasId(record: unknown): boolean {
	return typeof (record as { id?: unknown } | null | undefined)?.id === 'string';
}

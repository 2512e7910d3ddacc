import { z } from 'zod';

/**
 * MASV's objects as far as this package acts on them. Everything else in an answer passes through untouched: the
 * documentation is incomplete, and a field that MASV adds must reach the user. Where a value is only shown and never
 * acted upon, an odd one is dropped instead of failing the whole answer.
 */

const shownText = z.string().optional().catch(undefined);
const shownNumber = z.number().optional().catch(undefined);
const shownBoolean = z.boolean().optional().catch(undefined);

/** `new` while it is filled, `finalized` when ready, `expired` when its files are gone, `archived` when put away. */
export const packageStates = ['new', 'finalized', 'expired', 'archived'] as const;

/** MASV docs, Packages, "Package object"; Portals, "Portal package object". */
export const packageSchema = z.looseObject({
	id: z.string().min(1),
	/** Bearer secret for this one package, minted for each answer. Never shown. */
	access_token: z.string().min(1).optional().catch(undefined),
	name: shownText,
	state: shownText,
	size: shownNumber,
	total_files: shownNumber,
	created_at: shownText,
	expiry: shownText,
	chunk_size: shownNumber,
	/** Not in the documentation; some answers may tell which portal a package came through. */
	portal_id: shownText,
});
export type MasvPackage = z.infer<typeof packageSchema>;

/** A package just created is of no use without its token (MASV docs, Uploads: "including id and access_token"). */
export const createdPackageSchema = packageSchema.extend({ access_token: z.string().min(1) });
export type CreatedPackage = z.infer<typeof createdPackageSchema>;

/** MASV docs, Portals, "Portal object". */
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
	file_types: z.array(z.string()).optional().catch(undefined),
	package_name_format_enabled: shownBoolean,
	package_name_format: z.looseObject({ value: shownText, label: shownText }).optional().catch(undefined),
});
export type Portal = z.infer<typeof portalSchema>;

/** MASV docs, Portals, "Listing Portal package files". Zip entries have neither `size` nor `path`. */
export const fileSchema = z.looseObject({
	id: z.string().min(1),
	kind: shownText,
	name: shownText,
	path: shownText,
	size: shownNumber,
	/** Seen in one public client: whether all parts have arrived. */
	completed: shownBoolean,
});
export type MasvFile = z.infer<typeof fileSchema>;

/** Header values as a map of strings; a map of lists, as some HTTP libraries print it, is understood too. */
const headerMap = z
	.record(z.string(), z.union([z.string(), z.number(), z.array(z.string())]))
	.nullish()
	.transform((headers) =>
		Object.fromEntries(
			Object.entries(headers ?? {}).map(([name, value]) => [
				name,
				Array.isArray(value) ? value.join(', ') : `${value}`,
			]),
		),
	);

/** MASV docs, Uploads, "Blueprint object": one request to the storage, signed in advance. */
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
export const blueprintsSchema = z.array(blueprintSchema);

/** MASV docs, Uploads, step 2. */
export const addedFileSchema = z.looseObject({
	file: z.looseObject({ id: z.string().min(1) }),
	create_blueprint: blueprintSchema,
});
export type AddedFile = z.infer<typeof addedFileSchema>;

/** MASV docs, Uploads, `GET /v1/system/packages/spec`; the JSON itself is not printed there. */
export const uploadSpecSchema = z.looseObject({
	max_chunk_count: shownNumber,
	max_chunk_size: shownNumber,
	min_chunk_size: shownNumber,
});

/** MASV docs, Links. `download_secret` comes in this answer only, and not at all for a link mailed to a recipient. */
export const createdLinkSchema = z.looseObject({
	id: z.string().min(1),
	download_secret: z.string().min(1).optional().catch(undefined),
});
export type CreatedLink = z.infer<typeof createdLinkSchema>;

/** Answer of every bulk archive route. */
export const totalUpdatedSchema = z.looseObject({ total_updated: z.number() });

/** The page form of v1.1 lists, and the bare array of v1 lists; `null` is how some servers spell an empty one. */
export function listSchema<T extends z.ZodType>(record: T) {
	return z.union([
		z
			.looseObject({
				metadata: z.looseObject({ total: shownNumber }).nullish().catch(undefined),
				records: z.array(record).nullable(),
			})
			.transform(({ metadata, records }) => ({ total: metadata?.total, records: records ?? [] })),
		z
			.array(record)
			.nullable()
			.transform((records) => ({ total: records?.length ?? 0, records: records ?? [] })),
	]);
}

/**
 * MASV's error body. Printed only in part (`code`, `errors[].msg`); `message` is what clients in the field read.
 * See reference 3.6: the order in which people should get to see them.
 */
export const errorBodySchema = z.looseObject({
	code: z.union([z.string(), z.number()]).optional().catch(undefined),
	message: z.string().optional().catch(undefined),
	error: z.string().optional().catch(undefined),
	errors: z
		.array(
			z.looseObject({
				code: z.union([z.string(), z.number()]).optional().catch(undefined),
				msg: shownText,
				message: shownText,
			}),
		)
		.nullish()
		.catch(undefined),
});

/** MASV docs, Webhooks. `active` is a String in one table and a boolean in the example beside it. */
export const webhookSchema = z.looseObject({
	id: z.string().min(1),
	url: shownText,
	method: shownText,
	active: z.union([z.boolean(), z.stringbool()]).optional().catch(undefined),
	events: z.array(z.string()).optional().catch(undefined),
	headers: z.record(z.string(), z.string()).optional().catch(undefined),
});
export type Webhook = z.infer<typeof webhookSchema>;

/**
 * The team's webhooks, whatever the answer around them is like: none of MASV's pages shows it. A record that is none of
 * ours must not be in the way, so what does not decode is left out. Undefined: there is no list in it.
 */
export const webhookListSchema = z.unknown().transform((response) => {
	const { metadata, ...rest }: Record<string, unknown> = z.looseObject({}).safeParse(response).data ?? {};
	const lists = [response, rest.records, ...Object.values(rest)];
	const list = lists.find((value) => Array.isArray(value));
	if (list === undefined && response !== null && rest.records !== null) return undefined;
	const records = z.array(webhookSchema.optional().catch(undefined)).parse(list ?? []);
	const total = z.looseObject({ total: z.number() }).safeParse(metadata).data?.total;
	return {
		isWhole: total === undefined || total <= records.length,
		records: records.filter((record) => record !== undefined),
	};
});

/** What MASV sends to a webhook; reconstructed from three receivers in the field (MASV's page on it is cut off). */
export const webhookEventSchema = z.looseObject({
	/** The same in every attempt to deliver one event. */
	event_id: z
		.union([z.string().min(1), z.number()])
		.optional()
		.catch(undefined),
	event_type: z.string().min(1),
	event_time: shownText,
	/** The package. Its token is not in it. */
	object: z.looseObject({ id: z.string().min(1), portal_id: shownText }),
});
export type WebhookEvent = z.infer<typeof webhookEventSchema>;

/**
 * `GET /v1/packages/{id}/metadata`: what the sender filled in, by name (`fields` as a receiver in the field reads them; not in
 * MASV's pages). No form is an empty answer, or none of what is known.
 */
export const formDataSchema = z.unknown().transform((response): Record<string, unknown> => {
	const { fields, ...more }: Record<string, unknown> = z.looseObject({}).safeParse(response).data ?? {};
	const list = Array.isArray(response) ? response : fields;
	const named = z.looseObject({ name: z.string() }).optional().catch(undefined);
	const found = z.array(named).safeParse(list).data;
	if (found === undefined) return fields === undefined || fields === null ? more : { fields, ...more };
	return Object.fromEntries(found.flatMap((field) => (field === undefined ? [] : [[field.name, field.value]])));
});

import { z } from 'zod';

import { MasvError } from '../errors';
import { arrayOf } from '../schemas';

/**
 * Keys that MASV returns for a portal but does not accept in updates: docs/masv-api.md#updating-a-portal
 */
const readOnlyKeys = ['id', 'team_id', 'created_at', 'updated_at', 'teamspace'];

/**
 * Storage connections stay unchanged unless `configure_cloud_connections` is sent, and MASV returns more about them
 * than an update accepts.
 */
const untouchedKeys = ['cloud_connections', 'configure_cloud_connections'];

/** MASV does not seem to return them. Asterisks stand for one that is set: written back, they would be the password. */
const passwordKeys = ['access_code', 'download_password'];

function isMasked(value: unknown): boolean {
	return typeof value === 'string' && /^\*+$/.test(value);
}

/** A portal with everything MASV returns for it, unchanged. */
export const wholePortalSchema = z.looseObject({ id: z.string().min(1) });

export type WholePortal = z.infer<typeof wholePortalSchema>;

const attachedSchema = arrayOf(
	z.union([z.string().min(1), z.looseObject({ id: z.string().min(1) }).transform(({ id }) => id)]),
).nullish();

const membersSchema = arrayOf(
	z.union([z.string(), z.looseObject({ membership_id: z.string() }).transform((member) => member.membership_id)]),
).nullish();

const teamspaceSchema = z.looseObject({ id: z.string().optional() }).nullish();

/** Of what MASV returns about a storage connection, the part that a request takes. */
const connectionsSchema = arrayOf(
	z.object({
		id: z.string(),
		target_action: z.string().optional(),
		sync_metadata: z.boolean().optional(),
	}),
).nullish();

/** The fields that differ between responses and requests. */
const requestForms: Record<string, ((portal: WholePortal) => unknown) | undefined> = {
	access_list: ({ access_list: members }) => membersSchema.safeParse(members).data,
	cloud_connections: ({ cloud_connections: connections }) => connectionsSchema.safeParse(connections).data,
	custom_webhooks: (portal) => attachedWebhooks(portal).map((id) => ({ id })),
	teamspace_id: ({ teamspace }) => teamspaceSchema.safeParse(teamspace).data?.id,
};

/** The value of a portal's field in the form of a request; undefined if there is none, or it cannot be read. */
export function toRequestValue(portal: WholePortal, key: string): unknown {
	const convert = requestForms[key];
	return convert === undefined ? portal[key] : convert(portal);
}

/** The webhooks attached to a portal, as far as they can be read. */
export function attachedWebhooks(portal: WholePortal): string[] {
	return attachedSchema.safeParse(portal.custom_webhooks).data ?? [];
}

/** The same for an update, which must not drop any of them. @throws MasvError if they cannot be read */
export function readAttachedWebhooks(portal: WholePortal): string[] {
	return readField(portal, 'custom_webhooks', attachedSchema) ?? [];
}

/** @throws MasvError if the field has an unknown form: guessing could remove something from the portal */
function readField<T>(portal: WholePortal, field: string, schema: z.ZodType<T>): T {
	const { data, success } = schema.safeParse(portal[field]);
	if (success) return data;
	throw new MasvError(`MASV returned "${field}" of portal "${nameOf(portal)}" in an undocumented format`, {
		code: 'portal_format_unknown',
		hint: 'MASV only updates whole portals, so an update could lose this value. Nothing was changed.',
	});
}

/** New values for fields of a portal, in the form of a request: docs/masv-api.md#portal-object */
export type PortalChanges = Record<string, unknown> & { custom_webhooks?: Array<{ id: string }> };

/**
 * The body of an update that changes only these fields. MASV treats fields that are left out as unset, so the body is
 * the whole portal, with the fields converted that differ between responses and requests. Unconverted, the update would
 * remove the portal from its Teamspace, for example: docs/masv-api.md#updating-a-portal. A field that is changed does not
 * have to be readable.
 * @throws MasvError for a portal that cannot be written back as it is
 */
export function toPortalUpdate(portal: WholePortal, changes: PortalChanges): Record<string, unknown> {
	const body: Record<string, unknown> = {};
	for (const [key, value] of Object.entries(portal)) {
		const isLeftOut =
			[...readOnlyKeys, ...untouchedKeys].includes(key) || (passwordKeys.includes(key) && isMasked(value));
		if (value !== null && value !== undefined && !isLeftOut) body[key] = value;
	}
	if (!('access_list' in changes)) {
		const members = readField(portal, 'access_list', membersSchema);
		if (members) body.access_list = members;
	}
	if (!('teamspace_id' in changes)) {
		const teamspaceId = readField(portal, 'teamspace', teamspaceSchema)?.id;
		if (teamspaceId !== undefined && teamspaceId !== '') body.teamspace_id = teamspaceId;
	}
	if (!('custom_webhooks' in changes)) {
		const webhookIds = readField(portal, 'custom_webhooks', attachedSchema);
		if (webhookIds) body.custom_webhooks = webhookIds.map((id) => ({ id }));
	}
	return { ...body, ...changes };
}

/**
 * Whether an update would lose a password of the portal: MASV does not seem to return passwords, but an update must
 * contain them while they are enabled. docs/masv-api.md#portal-passwords
 * @param portal as it is, or with the changes merged in
 */
export function wouldLosePassword(portal: WholePortal): boolean {
	const isUnknown = (value: unknown): boolean => typeof value !== 'string' || value === '' || isMasked(value);
	return (
		(portal.has_access_code === true && isUnknown(portal.access_code)) ||
		(portal.has_download_password === true && isUnknown(portal.download_password))
	);
}

export function nameOf({ id, name }: WholePortal): string {
	return typeof name === 'string' ? name : id;
}

import { z } from 'zod';
import { invalid } from '../model/errors.ts';
import { noDate, type Portal, type State } from '../model/state.ts';

const isoDateText = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'must be an ISO 8601 date');
const password = z.string().max(72);
const bytes = z.int().min(0);

/** Fields used in both create and update (MASV docs, Portals, BODY tables; limits: docs/masv-api.md#limits). */
const common = {
	name: z.string().min(1).max(255),
	subdomain: z
		.string()
		.min(3)
		.max(53)
		// The allowed characters are not documented; these are the ones allowed in a DNS label.
		.regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])$/, 'must be a lower-case DNS label'),
	message: z.string().default(''),
	access_code: password.default(''),
	logo_url: z.string().default(''),
	background_url: z.string().default(''),
	primary_color: z.string().default(''),
	recipients: z.array(z.email()).default([]),
	cc_recipients: z.array(z.email()).default([]),
	has_download_password: z.boolean().default(false),
	download_password: password.default(''),
	custom_expiry_days: z.int().min(-1).max(65_535).default(0),
	cloud_connections: z
		.array(
			z.object({
				id: z.string().min(1),
				target_action: z.string().min(1),
				sync_metadata: z.boolean().default(false),
			}),
		)
		.optional(),
	disable_upload_receipt: z.boolean().default(false),
	custom_webhooks: z.array(z.object({ id: z.string() })).default([]),
	tag: z.object({ id: z.string().optional(), name: z.string().optional() }).optional(),
	access_level: z.enum(['regular', 'private']).default('regular'),
	access_list: z.array(z.string()).default([]),
	teamspace_id: z.string().default(''),
	terms_of_service_enabled: z.boolean().default(false),
	terms_of_service: z
		.object({
			checkbox_label: z.string(),
			checkbox_url: z.string().default(''),
			title: z.string().default(''),
			description: z.string().default(''),
		})
		.optional(),
	package_size_restriction_enabled: z.boolean().default(false),
	max_package_size: bytes.default(0),
	max_file_size: bytes.default(0),
	max_file_count: bytes.default(0),
	file_type_restriction_enabled: z.boolean().default(false),
	file_type_restriction_exclude: z.boolean().default(false),
	file_types: z.array(z.string().regex(/^\../, 'must be an extension with a leading dot')).default([]),
	expiry_enabled: z.boolean().default(false),
	expiry: isoDateText.default(noDate),
	package_name_format_enabled: z.boolean().default(false),
	package_name_format: z.object({ value: z.string(), label: z.string() }).default({ value: '', label: '' }),
};

/** "Creating a Portal": name and subdomain are required; a new portal is inactive by default. */
export const createPortalBody = z.object({
	...common,
	active: z.boolean().default(false),
	has_access_code: z.boolean().default(false),
});

/**
 * "Updating a Portal": `active` and `has_access_code` are also required. The docs ask for "the full Portal object", so
 * missing fields are reset to their defaults: Teamspace, tag, webhooks and restrictions are lost, as documented for
 * `teamspace_id`. Cloud connections only change with `configure_cloud_connections`
 * (docs/masv-api.md#updating-a-portal).
 */
export const updatePortalBody = z.object({
	...common,
	active: z.boolean(),
	has_access_code: z.boolean(),
	configure_cloud_connections: z.boolean().default(false),
});

export type PortalBody = z.infer<typeof createPortalBody>;

/**
 * The settings in a request body, checked against each other and against what exists.
 * @throws ApiFailure 400 naming the field
 */
export function toSettings(
	state: State,
	body: PortalBody,
	portalId?: string,
): Omit<Portal, 'id' | 'team_id' | 'created_at' | 'updated_at' | 'form' | 'cloud_connections'> {
	requireConsistent(body);
	for (const other of state.portals.values()) {
		if (other.subdomain === body.subdomain && other.id !== portalId) throw invalid('subdomain', 'subdomain is taken');
	}
	const { teamspace_id, tag, access_list, terms_of_service, cloud_connections: _connections, ...settings } = body;
	return {
		...settings,
		// Turning the flag off deletes the code; the docs do not say whether MASV keeps it.
		access_code: body.has_access_code ? body.access_code : '',
		download_password: body.has_download_password ? body.download_password : '',
		custom_webhooks: body.custom_webhooks.map(({ id }) => {
			if (!state.webhooks.has(id)) throw invalid('custom_webhooks', `custom webhook ${id} does not exist`);
			return { id };
		}),
		terms_of_service: terms_of_service ?? { checkbox_label: '', checkbox_url: '', title: '', description: '' },
		teamspace: findTeamspace(state, teamspace_id),
		tag: findTag(state, tag),
		access_list: access_list.map((id) => {
			const member = state.members.find((candidate) => candidate.id === id);
			if (member === undefined) throw invalid('access_list', `${id} is not a membership ID of this team`);
			return { membership_id: id, name: member.name, email: member.email };
		}),
	};
}

/** The "must be set if" rules of the BODY tables, and those of "Regular and private access levels". */
function requireConsistent(body: PortalBody): void {
	const needs = (condition: boolean, field: string, msg: string) => {
		if (condition) throw invalid(field, msg);
	};
	needs(body.has_access_code && body.access_code === '', 'access_code', 'must be set if has_access_code is true');
	needs(
		body.has_download_password && body.download_password === '',
		'download_password',
		'must be set if has_download_password is true',
	);
	needs(
		body.access_level === 'private' && !body.has_access_code,
		'access_code',
		'private Portals require an access code',
	);
	needs(
		body.access_level === 'private' && body.teamspace_id !== '',
		'teamspace_id',
		'private Portals are not allowed in a Teamspace',
	);
	needs(
		body.access_level === 'regular' && body.access_list.length > 0,
		'access_list',
		'must be empty for regular Portals',
	);
	needs(
		body.terms_of_service_enabled && (body.terms_of_service?.checkbox_label ?? '') === '',
		'terms_of_service',
		'must be set if terms_of_service_enabled is true',
	);
	needs(
		body.package_size_restriction_enabled &&
			body.max_package_size === 0 &&
			body.max_file_size === 0 &&
			body.max_file_count === 0,
		'package_size_restriction_enabled',
		'one or more of max_package_size, max_file_size, or max_file_count must be provided',
	);
	needs(
		body.file_type_restriction_enabled && body.file_types.length === 0,
		'file_types',
		'must be set if file_type_restriction_enabled is true',
	);
	needs(
		body.package_name_format_enabled && !isPattern(body.package_name_format.value),
		'package_name_format',
		'value must be a regular expression',
	);
}

function isPattern(text: string): boolean {
	try {
		return text !== '' && new RegExp(text, 'u') instanceof RegExp;
	} catch {
		return false;
	}
}

function findTeamspace(state: State, id: string): Portal['teamspace'] {
	if (id === '') return undefined;
	const teamspace = state.teamspaces.get(id);
	if (teamspace === undefined) throw invalid('teamspace_id', `Teamspace ${id} does not exist`);
	return { id: teamspace.id, name: teamspace.name };
}

/**
 * The docs require ID and name, but a known client sends the name alone (docs/masv-api.md#tags-and-teamspaces). Either
 * is enough to find a tag.
 */
function findTag(state: State, wanted: PortalBody['tag']): Portal['tag'] {
	if (wanted === undefined || (wanted.id === undefined && wanted.name === undefined)) return undefined;
	const tags = [...state.tags.values()];
	const tag = tags.find(({ id, name }) => (wanted.id === undefined ? name === wanted.name : id === wanted.id));
	if (tag === undefined) throw invalid('tag', 'this tag does not exist');
	return { id: tag.id, name: tag.name };
}

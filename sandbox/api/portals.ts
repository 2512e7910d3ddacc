import { z } from 'zod';
import { invalid, notFound } from '../model/errors.ts';
import { newId } from '../model/ids.ts';
import { isoDate, type Form, type Portal } from '../model/state.ts';
import { includesText, listParam, pageOf, type ListRules } from './list.ts';
import { portalOf } from './lookups.ts';
import { createPortalBody, toSettings, updatePortalBody } from './portalBody.ts';
import { keyRoute, openRoute, type Route } from './route.ts';
import { portalView } from './views.ts';

const listRules: ListRules<Portal> = {
	sortBy: {
		name: (portal) => portal.name,
		created_at: (portal) => portal.created_at,
		active: (portal) => portal.active,
	},
	defaultSort: '-created_at',
};

const formBody = z.object({
	name: z.string().min(1),
	delivery_formats: z.array(z.enum(['json', 'csv', 'xml', 'email_body'])),
	form_template_id: z.string().optional(),
	fields: z
		.array(
			z.object({
				name: z.string().min(1),
				label: z.string().optional(),
				type: z.string().optional(),
				visibility: z.enum(['required', 'optional', 'readonly', 'hidden']).optional(),
				default_value: z.string().optional(),
				position: z.int().optional(),
			}),
		)
		.optional(),
});

/** Portals and their forms (MASV docs, Portals; docs/masv-api.md#portals, docs/masv-api.md#forms). */
export const portalRoutes: Route[] = [
	keyRoute({
		step: 'createPortal',
		at: 'POST /v1/teams/{team}/portals',
		body: createPortalBody,
		handle: (call) => {
			const { state, body, nowMs } = call;
			const now = isoDate(nowMs);
			const portal: Portal = {
				...toSettings(state, body),
				id: newId(nowMs),
				team_id: state.teamId,
				cloud_connections: body.cloud_connections ?? [],
				created_at: now,
				updated_at: now,
			};
			state.portals.set(portal.id, portal);
			return { status: 201, json: portalView(call, portal) };
		},
	}),
	keyRoute({
		step: 'listPortals',
		at: 'GET /v1.1/teams/{team}/portals',
		handle: (call) => {
			const { query, state } = call;
			const tags = listParam(query, 'tags');
			const teamspaces = listParam(query, 'teamspaces');
			const portals = [...state.portals.values()].filter(
				(portal) =>
					includesText(portal.name, query.get('name')) &&
					includesText(portal.subdomain, query.get('subdomain')) &&
					(tags === undefined || tags.includes(portal.tag?.id ?? '')) &&
					(teamspaces === undefined || teamspaces.includes(portal.teamspace?.id ?? '')),
			);
			return { status: 200, json: pageOf(portals, query, listRules, (portal) => portalView(call, portal)) };
		},
	}),
	keyRoute({
		step: 'listPortalsLegacy',
		at: 'GET /v1/teams/{team}/portals',
		handle: (call) => ({
			status: 200,
			json: [...call.state.portals.values()].map((portal) => portalView(call, portal)),
		}),
	}),
	keyRoute({
		step: 'getPortal',
		at: 'GET /v1.1/portals/{portal}',
		documented: false,
		handle: (call) => ({ status: 200, json: portalView(call, portalOf(call)) }),
	}),
	openRoute({
		// Only `id` is known of the response (docs/masv-api.md#portal-by-subdomain).
		step: 'findPortal',
		at: 'GET /v1/subdomains/portals/{subdomain}',
		handle: ({ state, params }) => {
			const found = [...state.portals.values()].find((portal) => portal.subdomain === params.subdomain);
			if (found === undefined) throw notFound('Portal');
			return { status: 200, json: { id: found.id } };
		},
	}),
	keyRoute({
		step: 'updatePortal',
		at: 'PUT /v1/portals/{portal}',
		body: updatePortalBody,
		handle: (call) => {
			const portal = portalOf(call);
			const { configure_cloud_connections: configure, ...body } = call.body;
			if (configure && body.cloud_connections === undefined) {
				throw invalid('cloud_connections', 'must be set if configure_cloud_connections is true');
			}
			Object.assign(portal, toSettings(call.state, body, portal.id));
			if (configure) portal.cloud_connections = body.cloud_connections ?? [];
			portal.updated_at = isoDate(call.nowMs);
			return { status: 200, json: portalView(call, portal) };
		},
	}),
	keyRoute({
		// Its packages stay accessible (docs/masv-api.md#deleting-a-portal).
		step: 'deletePortal',
		at: 'DELETE /v1/portals/{portal}',
		handle: (call) => {
			call.state.portals.delete(portalOf(call).id);
			return { status: 204 };
		},
	}),
	keyRoute({
		step: 'createForm',
		at: 'POST /v1/portals/{portal}/form',
		body: formBody,
		handle: (call) => {
			const portal = portalOf(call);
			const { name, delivery_formats, fields } = call.body;
			portal.form = {
				id: newId(call.nowMs),
				name,
				enabled: true,
				delivery_formats,
				fields: fields ?? defaultFields(),
			};
			return { status: 201, json: portal.form };
		},
	}),
];

/** "Default fields for new metadata forms" (MASV docs, Core concepts). */
function defaultFields(): Form['fields'] {
	return [
		{ name: 'sender_email', label: 'Sender Email', type: 'sender_email', visibility: 'required' },
		{ name: 'package_name', label: 'Package Name', type: 'package_name', visibility: 'required' },
		{ name: 'package_description', label: 'Package Description', type: 'package_description', visibility: 'optional' },
	];
}

import { z } from 'zod';
import { notFound } from '../model/errors.ts';
import { newDownloadSecret, newId } from '../model/ids.ts';
import { requireOpenLink } from '../model/linkRules.ts';
import { advanceActivity, beginActivity, requireState } from '../model/packageLife.ts';
import { isoDate, noDate, type Link } from '../model/state.ts';
import { mintToken } from '../model/tokens.ts';
import { linkRoute, openRoute, packageRoute, type Route } from './route.ts';
import { newLinkView } from './views.ts';

/** Links (MASV docs, Links and Download; docs/masv-api.md#links). */
export const linkRoutes: Route[] = [
	packageRoute({
		// A missing or empty email makes it a direct-download link. The body may be `{}`, but is required.
		step: 'createLink',
		at: 'POST /v1/packages/{package}/links',
		body: z.object({
			email: z.union([z.literal(''), z.email()]).default(''),
			password: z.string().default(''),
		}),
		handle: (call) => {
			const { body, package: target } = call;
			requireState(target, ['new', 'finalized'], 'create a link to');
			const link: Link = {
				id: newId(call.nowMs),
				package_id: target.id,
				email: body.email,
				download_secret: newDownloadSecret(),
				// "Default password for new links" (MASV docs, Packages).
				password: body.password === '' ? target.password : body.password,
				access_limit: target.access_limit,
				accesses: 0,
				active: target.state === 'finalized',
				disabled: false,
				created_at: isoDate(call.nowMs),
				accessed_at: noDate,
			};
			call.state.links.set(link.id, link);
			beginActivity(call, target, 'link_generation', 'pending', link.id);
			return { status: 201, json: newLinkView(link, target) };
		},
	}),
	linkRoute({
		// The docs say that links can be disabled and are kept; the route is inferred (docs/masv-api.md#disabling-a-link).
		step: 'disableLink',
		at: 'DELETE /v1/links/{link}',
		handle: ({ state, params }) => {
			const link = state.links.get(params.link ?? '');
			if (link === undefined) throw notFound('link');
			link.active = false;
			link.disabled = true;
			return { status: 204 };
		},
	}),
	openRoute({
		step: 'getLink',
		at: 'GET /v1/links/{link}',
		handle: (call) => {
			const { state, query } = call;
			const link = state.links.get(call.params.link ?? '');
			const target = state.packages.get(link?.package_id ?? '');
			if (link === undefined || target === undefined) throw notFound('link');
			requireOpenLink(link, target, query.get('secret'), call.headers['x-link-password']);
			link.accessed_at = isoDate(call.nowMs);
			advanceActivity(call, target, 'link_generation', 'started', link.id);
			const portal = state.portals.get(target.portal_id ?? '');
			const json = {
				id: link.id,
				name: target.name,
				expiry: target.expiry,
				package_id: target.id,
				package_size: target.size,
				package_token: mintToken(call.tokenSecret, call.nowMs, { lvl: 'd', sub: target.id, lid: link.id }),
				recipient_email: link.email,
				sender_email: target.sender,
				branding: { primary_color: portal?.primary_color ?? '#1DD4CA' },
			};
			return { status: 200, json };
		},
	}),
];

import { z } from 'zod';
import { addPackage, inherited } from '../model/addPackage.ts';
import type { Context } from '../model/context.ts';
import { invalid, notFound } from '../model/errors.ts';
import { expirePackage, requireState } from '../model/packageLife.ts';
import { requireAccessCode, requireOpenPortal, requirePackageName } from '../model/portalRules.ts';
import { isoDate, type Portal } from '../model/state.ts';
import { chunkSize } from './chunkSize.ts';
import { portalOf } from './lookups.ts';
import { anyTokenRoute, keyRoute, openRoute, packageRoute, type Route } from './route.ts';
import { packageView } from './views.ts';

/** Single packages (MASV docs, Uploads and Packages; docs/masv-api.md#packages). */
export const packageRoutes: Route[] = [
	keyRoute({
		step: 'createPackage',
		at: 'POST /v1/teams/{team}/packages',
		body: z.object({
			name: z.string().min(1),
			description: z.string(),
			recipients: z.array(z.email()),
			password: z.string().default(''),
			access_limit: z.int().min(0).default(0),
			unlimited_storage: z.boolean().default(false),
			chunk_size: chunkSize.default(0),
		}),
		handle: (call) => {
			const sender = call.state.members[0]?.email ?? '';
			const created = addPackage(call, { ...call.body, sender });
			return { status: 201, json: packageView(call, created) };
		},
	}),
	openRoute({
		step: 'createPortalPackage',
		at: 'POST /v1/portals/{portal}/packages',
		body: z.object({
			name: z.string().min(1),
			description: z.string(),
			sender: z.email(),
			form_data_id: z.string().optional(),
			chunk_size: chunkSize.default(0),
		}),
		handle: (call) => {
			const portal = portalOf(call);
			requireOpenPortal(portal, call.nowMs);
			const code = call.headers['x-access-code'];
			requireAccessCode(portal, Array.isArray(code) ? code[0] : code);
			requirePackageName(portal, call.body.name);
			requireFormResponse(call, portal, call.body.form_data_id);
			const created = addPackage(call, { ...call.body, ...inherited(portal, call.nowMs) });
			call.webhooks.announce(call.state, created, 'package.created');
			return { status: 201, json: packageView(call, created) };
		},
	}),
	keyRoute({
		// MASV's own code uses it for packages received through portals as well (docs/masv-api.md#one-package-by-id).
		step: 'getPackage',
		at: 'GET /v1.1/teams/{team}/packages/{package}',
		documented: false,
		handle: (call) => {
			const found = call.state.packages.get(call.params.package ?? '');
			if (found === undefined) throw notFound('package');
			return { status: 200, json: packageView(call, found) };
		},
	}),
	packageRoute({
		step: 'renamePackage',
		at: 'PUT /v1/packages/{package}',
		body: z.object({ name: z.string().min(1) }),
		handle: (call) => {
			call.package.name = call.body.name;
			call.package.updated_at = isoDate(call.nowMs);
			return { status: 200, json: packageView(call, call.package) };
		},
	}),
	packageRoute({
		// `unlimited_storage`: "If true, omit expiry from the request. Default: false" (MASV docs, Packages). MASV's own
		// code always sends it, the sample in the docs does not (docs/masv-api.md#changing-and-deleting-a-package), so it
		// is optional here.
		step: 'setPackageExpiry',
		at: 'PUT /v1/packages/{package}/expiry',
		body: z.object({ expiry: z.string().optional(), unlimited_storage: z.boolean().default(false) }),
		handle: (call) => {
			const { expiry, unlimited_storage } = call.body;
			requireState(call.package, ['new', 'finalized'], 'change the expiry of');
			if (unlimited_storage && expiry !== undefined) {
				throw invalid('expiry', 'expiry must be omitted if unlimited_storage is true');
			}
			if (!unlimited_storage) call.package.expiry = futureDate(expiry, call.nowMs);
			call.package.unlimited_storage = unlimited_storage;
			call.package.custom_expiry = true;
			call.package.updated_at = isoDate(call.nowMs);
			return { status: 200, json: packageView(call, call.package) };
		},
	}),
	packageRoute({
		// The record stays as expired (MASV docs, Packages). Deleting it again changes nothing; the docs do not mention
		// that case.
		step: 'deletePackage',
		at: 'DELETE /v1/packages/{package}',
		handle: async (call) => {
			if (call.package.state !== 'archived') await expirePackage(call, call.package);
			return { status: 204 };
		},
	}),
	anyTokenRoute({
		// Known from one client only (docs/masv-api.md#forms). A package without a form response has no fields.
		step: 'getMetadata',
		at: 'GET /v1/packages/{package}/metadata',
		handle: ({ state, package: { form_data_id } }) => {
			const values = state.formResponses.get(form_data_id ?? '')?.values ?? {};
			return { status: 200, json: { fields: Object.entries(values).map(([name, value]) => ({ name, value })) } };
		},
	}),
];

/** `form_data_id` is "required if the Portal has an enabled custom form" (MASV docs, Uploads). */
function requireFormResponse(context: Context, portal: Portal, id: string | undefined): void {
	if (portal.form?.enabled !== true) return;
	if (id === undefined || id === '')
		throw invalid('form_data_id', 'form_data_id is required by this Portal', 'required');
	if (context.state.formResponses.get(id)?.portal_id !== portal.id) {
		throw invalid('form_data_id', 'this Portal has no such form response');
	}
}

/** A date in the past is rejected; the docs do not say what MASV does with one. */
function futureDate(text: string | undefined, nowMs: number): string {
	if (text === undefined) throw invalid('expiry', 'expiry is required', 'required');
	const ms = Date.parse(text);
	if (Number.isNaN(ms)) throw invalid('expiry', 'expiry must be an ISO 8601 date');
	if (ms <= nowMs) throw invalid('expiry', 'expiry must be in the future');
	return isoDate(ms);
}

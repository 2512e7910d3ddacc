import { invalid } from '../model/errors.ts';
import type { Package, PackageState, State } from '../model/state.ts';
import { booleanParam, dateParam, includesText, isWithin, listParam, pageOf, type ListRules } from './list.ts';
import { portalOf, received, sent } from './lookups.ts';
import { keyRoute, type Route } from './route.ts';
import { legacyPackageView, packageView, portalPackageView } from './views.ts';

const states: PackageState[] = ['new', 'finalized', 'expired', 'archived'];

/** Sort fields from MASV docs, Packages. No documented object has `usage_total_bytes`, so the size is used instead. */
const listRules: ListRules<Package> = {
	sortBy: {
		name: (item) => item.name,
		created_at: (item) => item.created_at,
		size: (item) => item.size,
		usage_total_bytes: (item) => item.size,
		expiry: (item) => item.expiry,
		sender: (item) => item.sender,
		status: (item) => item.state,
		teamspace_id: (item) => item.teamspace?.id ?? '',
	},
	defaultSort: '-created_at',
};

/**
 * Lists of packages: sent, received through one portal, received through all portals (MASV docs, Packages and Portals;
 * docs/masv-api.md#package-lists).
 */
export const packageListRoutes: Route[] = [
	keyRoute({
		step: 'listPackages',
		at: 'GET /v1.1/teams/{team}/packages',
		handle: (call) => {
			const packages = filterByAll(call.state, sent(call.state), call.query);
			return { status: 200, json: pageOf(packages, call.query, listRules, (item) => packageView(call, item)) };
		},
	}),
	keyRoute({
		step: 'listInbox',
		at: 'GET /v1.1/teams/{team}/inbox',
		documented: false,
		handle: (call) => {
			const packages = filterByAll(call.state, received(call.state), call.query);
			return { status: 200, json: pageOf(packages, call.query, listRules, (item) => packageView(call, item)) };
		},
	}),
	keyRoute({
		// No filter by state is documented for this list, so packages still being uploaded are included. Archived ones are
		// not: archiving hides packages from lists.
		step: 'listPortalPackages',
		at: 'GET /v1.1/portals/{portal}/packages',
		handle: (call) => {
			const { id } = portalOf(call);
			const inPortal = received(call.state).filter((item) => item.portal_id === id && item.state !== 'archived');
			const packages = filterByBasics(inPortal, call.query);
			const json = pageOf(packages, call.query, listRules, (item) => portalPackageView(call, item));
			return { status: 200, json };
		},
	}),
	keyRoute({
		step: 'listPackagesLegacy',
		at: 'GET /v1/teams/{team}/packages',
		handle: (call) => {
			const packages = filterByFlags(sent(call.state), call.query);
			return { status: 200, json: packages.map((item) => legacyPackageView(call, item)) };
		},
	}),
	keyRoute({
		step: 'listPortalPackagesLegacy',
		at: 'GET /v1/portals/{portal}/packages',
		handle: (call) => {
			const { id } = portalOf(call);
			const inPortal = received(call.state).filter((item) => item.portal_id === id);
			const packages = filterByFlags(inPortal, call.query);
			return { status: 200, json: packages.map((item) => legacyPackageView(call, item)) };
		},
	}),
];

/** The filters of a portal's list (MASV docs, Portals, "Listing Portal packages"). */
function filterByBasics(packages: Package[], query: URLSearchParams): Package[] {
	const tags = listParam(query, 'tags');
	const sender = query.get('sender') ?? '';
	const from = dateParam(query, 'created_at_start');
	const to = dateParam(query, 'created_at_end');
	return packages.filter(
		(item) =>
			(tags === undefined || tags.includes(item.tag?.id ?? '')) &&
			(sender === '' || item.sender === sender) &&
			isWithin(item.created_at, from, to),
	);
}

/**
 * All filters (MASV docs, Packages). `portal`, a portal's name, only exists for the inbox
 * (docs/masv-api.md#package-lists).
 */
function filterByAll(state: State, packages: Package[], query: URLSearchParams): Package[] {
	const status = listParam(query, 'status') ?? ['finalized', 'expired'];
	const unknown = status.find((value) => !states.includes(value as PackageState));
	if (unknown !== undefined) throw invalid('status', `status must be among ${states.join(', ')}: ${unknown}`);
	const teamspaces = listParam(query, 'teamspaces');
	const expiryFrom = dateParam(query, 'expiry_start');
	const expiryTo = dateParam(query, 'expiry_end');
	const extraStorage = booleanParam(query, 'extra_storage');
	const portalName = query.get('portal') ?? '';
	return filterByBasics(packages, query).filter(
		(item) =>
			status.includes(item.state) &&
			includesText(item.name, query.get('name')) &&
			(teamspaces === undefined || teamspaces.includes(item.teamspace?.id ?? '')) &&
			isWithin(item.expiry, expiryFrom, expiryTo) &&
			(extraStorage === undefined || item.extra_storage === extraStorage) &&
			(portalName === '' || item.portal_id === undefined || state.portals.get(item.portal_id)?.name === portalName),
	);
}

/** The v1 filter: one flag per state; finalized and expired packages by default (docs/masv-api.md#package-lists). */
function filterByFlags(packages: Package[], query: URLSearchParams): Package[] {
	const wanted = new Set(
		states.filter((state) => booleanParam(query, state) ?? (state === 'finalized' || state === 'expired')),
	);
	return packages.filter((item) => wanted.has(item.state));
}

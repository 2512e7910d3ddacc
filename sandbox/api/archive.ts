import { z } from 'zod';
import type { Context } from '../model/context.ts';
import { badRequest, notFound } from '../model/errors.ts';
import { isoDate, type Package } from '../model/state.ts';
import { isWithin } from './list.ts';
import { portalOf, received, sent } from './lookups.ts';
import { keyRoute, packageRoute, type Reply, type Route } from './route.ts';

const date = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'must be an ISO 8601 date');
const span = z.object({ expiry_start: date, expiry_end: date });
type Span = z.infer<typeof span>;

const directions = [
	{ verb: 'archive', from: 'expired', to: 'archived' },
	{ verb: 'unarchive', from: 'archived', to: 'expired' },
] as const;
type Direction = (typeof directions)[number];

/** Archiving accepts "only packages previously in an expired state"; unarchiving restores it (MASV docs, Packages). */
export function archiveRoutes(form: Context['portalArchiveForm']): Route[] {
	return directions.flatMap((direction) => [
		...packageArchiveRoutes(direction),
		...(form === 'put' ? [] : portalBulkRoutes(direction)),
		...(form === 'post' ? [] : portalSingleRoutes(direction)),
	]);
}

function packageArchiveRoutes(direction: Direction): Route[] {
	const { verb, from, to } = direction;
	return [
		packageRoute({
			step: `${verb}Package`,
			at: `PUT /v1/packages/{package}/${verb}`,
			handle: (call) => {
				if (call.package.state !== from) throw badRequest(`the state of the package is not ${from}`);
				call.package.state = to;
				call.package.updated_at = isoDate(call.nowMs);
				return { status: 204 };
			},
		}),
		keyRoute({
			step: verb === 'archive' ? 'archiveSent' : 'unarchiveSent',
			at: `PUT /v1/teams/{team}/${verb}`,
			body: span,
			handle: (call) => moveAll(call, sent(call.state), direction, call.body),
		}),
		keyRoute({
			step: verb === 'archive' ? 'archiveInbox' : 'unarchiveInbox',
			at: `PUT /v1/teams/{team}/inbox/${verb}`,
			body: span,
			handle: (call) => moveAll(call, received(call.state), direction, call.body),
		}),
	];
}

/**
 * The form in the sample request of MASV docs, Portals, "Archiving Portal packages": POST, no package ID, bulk
 * response.
 */
function portalBulkRoutes(direction: Direction): Route[] {
	return [
		keyRoute({
			step: `${direction.verb}PortalPackages`,
			at: `POST /v1/portals/{portal}/packages/${direction.verb}`,
			body: span,
			handle: (call) => {
				const { id } = portalOf(call);
				const packages = received(call.state).filter((item) => item.portal_id === id);
				return moveAll(call, packages, direction, call.body);
			},
		}),
	];
}

/**
 * The form in the route table of the same section, which contradicts its sample (docs/masv-api.md#contradictions): PUT
 * with a package ID, and a double slash in the unarchive route. Body and response are those of the sample.
 */
function portalSingleRoutes(direction: Direction): Route[] {
	const { verb } = direction;
	const paths = verb === 'archive' ? ['/packages'] : ['/packages', '//packages'];
	return paths.map((path) =>
		keyRoute({
			step: `${verb}PortalPackage`,
			at: `PUT /v1/portals/{portal}${path}/{package}/${verb}`,
			body: span,
			handle: (call) => {
				const { id } = portalOf(call);
				const found = call.state.packages.get(call.params.package ?? '');
				if (found?.portal_id !== id) throw notFound('package');
				return moveAll(call, [found], direction, call.body);
			},
		}),
	);
}

/** Changes the state of every package in the right state whose expiry lies in the span, both ends included. */
function moveAll(
	context: Context,
	packages: Package[],
	{ from, to }: Direction,
	{ expiry_start, expiry_end }: Span,
): Reply {
	const moved = packages.filter(
		(item) => item.state === from && isWithin(item.expiry, Date.parse(expiry_start), Date.parse(expiry_end)),
	);
	for (const item of moved) {
		item.state = to;
		item.updated_at = isoDate(context.now());
	}
	return { status: 200, json: { total_updated: moved.length } };
}

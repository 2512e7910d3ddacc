import type { Actor, Answer, Package } from './model';
import { isOwn, withToken } from './access';
import { refusal, stateOf } from './model';
import { dateOf, packageView } from './views';
import type { Call, ServerState } from './state';

export const apiKey = 'key-s3cr3t-of-the-team';
export const teamId = 'T1';
export const foreignPortalId = 'portal-of-others';

/** Smaller than at MASV, so that a history has large files without their bytes. docs/masv-api.md#upload-limits */
export const partBytes = 32 * 1024;

/** The routes that do not concern a file. @returns undefined if it is none of them */
export function routePackages(server: ServerState, call: Call): Answer | undefined {
	const [version, noun, id = '', what, ...rest] = call.path;
	const route = `${call.method} ${[version, noun, '*', what, ...rest.map(() => '*')].filter(Boolean).join('/')}`;
	switch (route) {
		case 'GET v1/system/*/spec':
			return { status: 200, json: { max_chunk_count: 10_000, max_chunk_size: partBytes, min_chunk_size: 1 } };
		case 'POST v1/teams/*/packages':
			return withKey(call, () => createPackage(server, call, 'team'));
		case 'POST v1/portals/*/packages':
			return id === foreignPortalId ? createPackage(server, call, 'foreign') : refusal(404, 'no such portal');
		case 'GET v1.1/teams/*/packages':
			return withKey(call, () => listPackages(server, call));
		case 'GET v1.1/teams/*/packages/*':
			return withKey(call, () => getPackage(server, rest[0]));
		case 'GET v1.1/teams/*/portals':
			return withKey(call, () => ({ status: 200, json: { metadata: { total: 0 }, records: [] } }));
		case 'PUT v1/packages/*':
			return change(server, call, (found) => {
				if (stateOf(found, server.timeline.nowMs) !== 'new') return refusal(400, 'the package is not new');
				found.name = String(call.json?.name);
				return { status: 200, json: packageView(found, server.timeline.nowMs, server.newToken(found)) };
			});
		case 'DELETE v1/packages/*':
			return change(server, call, (found) => {
				found.deletedAt = server.timeline.nowMs;
				found.deletedBy = call.actor;
				for (const entry of found.entries) server.storage.abort(entry);
				return { status: 204 };
			});
		case 'POST v1/packages/*/finalize':
			return change(server, call, (found) => finalizePackage(server, found, call.actor));
		case 'POST v1/packages/*/links':
			return withToken(server, call, () => ({
				status: 201,
				json: { id: server.newId('L'), download_secret: 's3cr3t' },
			}));
		default:
			return undefined;
	}
}

function withKey(call: Call, handle: () => Answer): Answer {
	if (call.headers['x-api-key'] !== apiKey) return refusal(401, 'wrong key');
	return call.path[1] !== 'teams' || call.path[2] === teamId ? handle() : refusal(403, 'not your team');
}

/** Carries out a change of a package, and tells the judge when it is not the actor's. */
function change(server: ServerState, call: Call, handle: (found: Package) => Answer): Answer {
	return withToken(server, call, (found) => {
		const answer = handle(found);
		const isDone = answer.status < 300;
		if (isDone && !isOwn(call.actor, found.by)) {
			server.watcher.touched(call.actor, `${call.method} of package ${found.id} of ${found.by.name}`);
		}
		return answer;
	});
}

function createPackage(server: ServerState, call: Call, target: Package['target']): Answer {
	const created: Package = {
		id: server.newId('P'),
		name: String(call.json?.name),
		by: call.actor,
		target,
		createdAt: server.timeline.nowMs,
		entries: [],
		directories: [],
		seenBy: new Map(),
		tokens: new Set(),
	};
	server.packages.push(created);
	return { status: 201, json: packageView(created, created.createdAt, server.newToken(created)) };
}

function listPackages(server: ServerState, { query }: Call): Answer {
	const states = (query.get('status') ?? 'finalized,expired').split(',');
	const records = server.packages
		.filter((each) => each.target === 'team' && states.includes(stateOf(each, server.listedAt) ?? ''))
		.toReversed();
	const limit = Number(query.get('limit') ?? 50);
	const start = (Number(query.get('page') ?? 1) - 1) * limit;
	const page = records.slice(start, start + limit);
	return {
		status: 200,
		json: {
			metadata: { total: records.length },
			records: page.map((each) => packageView(each, server.listedAt, server.newToken(each))),
		},
	};
}

function getPackage(server: ServerState, id: string | undefined): Answer {
	const found = server.packages.find((each) => each.id === id && each.target === 'team');
	if (!server.habits.hasPackageById || found === undefined) return refusal(404, 'not found');
	const atMs = Math.max(server.listedAt, found.createdAt);
	return { status: 200, json: packageView(found, atMs, server.newToken(found)) };
}

function finalizePackage(server: ServerState, found: Package, actor: Actor): Answer {
	const nowMs = server.timeline.nowMs;
	const state = stateOf(found, nowMs);
	if (state !== 'new') return refusal(400, `the package is already ${state}`);
	const open = [...found.entries, ...found.directories].filter(
		({ removedAt, completedAt }) => removedAt === undefined && completedAt === undefined,
	);
	if (open.length > 0 && !server.habits.finalizesIncomplete)
		return refusal(400, `${open.length} file(s) not finalized`);
	for (const entry of open) {
		entry.removedAt = nowMs;
		server.storage.abort(entry);
	}
	found.finalizedAt = nowMs;
	found.finalizedBy = actor;
	server.watcher.delivered(found.id);
	server.note(
		`package ${found.id} is finalized with ${found.entries.filter((entry) => entry.removedAt === undefined).length} files at ${dateOf(nowMs)}`,
	);
	return { status: server.habits.done };
}

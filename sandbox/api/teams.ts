import { z } from 'zod';
import { invalid, notFound } from '../model/errors.ts';
import { newId } from '../model/ids.ts';
import { isoDate, type Tag } from '../model/state.ts';
import { pageOf } from './list.ts';
import { keyRoute, type Route } from './route.ts';

/** Teams, members, Teamspaces and tags (docs/masv-api.md#teams-and-members, docs/masv-api.md#tags-and-teamspaces). */
export const teamRoutes: Route[] = [
	keyRoute({
		// The sample request of "Getting started", which does not show the response (docs/masv-api.md#teams-and-members).
		// Other v1 lists are bare arrays.
		step: 'listTeams',
		at: 'GET /v1/teams',
		handle: ({ state }) => ({
			status: 200,
			json: [{ id: state.teamId, name: 'Sandbox', subdomain: 'sandbox' }],
		}),
	}),
	keyRoute({
		step: 'listMembers',
		at: 'GET /v1/teams/{team}/members',
		handle: ({ state }) => ({ status: 200, json: state.members }),
	}),
	keyRoute({
		step: 'createSpace',
		at: 'POST /v1/teams/{team}/spaces',
		body: z.object({ name: z.string().min(1), member_ids: z.array(z.string()).optional() }),
		handle: ({ state, body, nowMs }) => {
			const members = (body.member_ids ?? []).map((id) => {
				const member = state.members.find((candidate) => candidate.id === id);
				if (member === undefined) throw invalid('member_ids', `${id} is not a member of this team`);
				return member;
			});
			const space = { id: newId(nowMs), name: body.name };
			state.teamspaces.set(space.id, space);
			for (const member of members) member.teamspaces.push(space);
			return { status: 201, json: { ...space, members: body.member_ids ?? [] } };
		},
	}),
	keyRoute({
		step: 'getSpace',
		at: 'GET /v1/spaces/{space}',
		handle: ({ state, params }) => {
			const space = state.teamspaces.get(params.space ?? '');
			if (space === undefined) throw notFound('Teamspace');
			return { status: 200, json: space };
		},
	}),
	keyRoute({
		// The Teamspaces tutorial counts pages from 0 (docs/masv-api.md#pages).
		step: 'listSpaces',
		at: 'GET /v1.1/teams/{team}/spaces',
		handle: ({ state, query }) => {
			const rules = {
				sortBy: { name: (space: { name: string }) => space.name },
				defaultSort: 'name',
				firstPage: 0 as const,
			};
			return { status: 200, json: pageOf([...state.teamspaces.values()], query, rules, (space) => space) };
		},
	}),
	keyRoute({
		step: 'createTag',
		at: 'POST /v1/teams/{team}/tags',
		body: z.object({ name: z.string().min(1) }),
		handle: ({ state, body, nowMs }) => {
			const now = isoDate(nowMs);
			const tag: Tag = {
				id: newId(nowMs),
				name: body.name,
				team_id: state.teamId,
				active: true,
				created_at: now,
				updated_at: now,
			};
			state.tags.set(tag.id, tag);
			return { status: 201, json: tag };
		},
	}),
	keyRoute({
		step: 'listTags',
		at: 'GET /v1/teams/{team}/tags',
		handle: ({ state }) => ({ status: 200, json: [...state.tags.values()] }),
	}),
	keyRoute({
		step: 'deleteTag',
		at: 'DELETE /v1/tags/{tag}',
		handle: ({ state, params }) => {
			if (!state.tags.delete(params.tag ?? '')) throw notFound('tag');
			return { status: 204 };
		},
	}),
];

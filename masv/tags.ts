import { z } from 'zod';

import type { MasvClient } from './client';
import { createOnce } from './createOnce';
import type { Deletion } from './deleteOnce';
import { deleteOnce } from './deleteOnce';
import { MasvInputError } from './errors';
import { path } from './path';
import type { RetryPolicy } from './retry';
import { listSchema } from './schemas';

/** docs/masv-api.md#tags-and-teamspaces */
const tagSchema = z.looseObject({ id: z.string().min(1), name: z.string().optional().catch(undefined) });
export type Tag = z.infer<typeof tagSchema>;

/** The tags of the team. `GET /v1/teams/{team}/tags`: docs/masv-api.md#tags-and-teamspaces */
export async function fetchTags(client: MasvClient, policy?: RetryPolicy): Promise<Tag[]> {
	const { records } = await client.call({
		operation: 'list the tags',
		method: 'GET',
		path: path`/v1/teams/${client.teamId}/tags`,
		schema: listSchema(tagSchema),
		policy,
	});
	return records;
}

/**
 * Creates a tag. `POST /v1/teams/{team}/tags`, 201: docs/masv-api.md#tags-and-teamspaces
 * @throws MasvConnectionError if the response was lost and no list can show what happened
 */
export async function createTag(client: MasvClient, name: string): Promise<Tag> {
	return await createOnce(
		client,
		`the tag "${name}"`,
		{
			operation: 'create the tag',
			method: 'POST',
			path: path`/v1/teams/${client.teamId}/tags`,
			body: { name },
			schema: tagSchema,
		},
		async (policy) => (await fetchTags(client, policy)).filter((tag) => tag.name === name),
	);
}

/** Deletes a tag. `DELETE /v1/tags/{tag}`, 204: docs/masv-api.md#tags-and-teamspaces */
export async function deleteTag(client: MasvClient, tagId: string): Promise<Deletion> {
	return await deleteOnce(client, tagId, { operation: `delete tag ${tagId}`, path: path`/v1/tags/${tagId}` });
}

/** The tag of this ID as other objects refer to it: they require its name, too. @throws MasvInputError if there is none */
export async function fetchTagReference(client: MasvClient, tagId: string): Promise<{ id: string; name: string }> {
	const found = (await fetchTags(client)).find(({ id }) => id === tagId);
	if (found !== undefined) return { id: found.id, name: found.name ?? '' };
	throw new MasvInputError(`There is no tag ${tagId} in team ${client.teamId}`, {
		code: 'tag_not_found',
		field: 'tag',
	});
}

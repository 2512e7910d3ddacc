import { isGone } from './answers';
import type { ApiCall } from './apiCall';
import type { MasvClient } from './client';

/** The output of every operation that deletes something. */
export interface Deletion {
	id: string;
	deleted: true;
	/** Whether it had been deleted before, or never existed for this API key. */
	already_deleted: boolean;
}

/** Deletes something. What is gone counts as deleted; so does what a call whose response was lost has deleted. */
export async function deleteOnce(
	client: MasvClient,
	id: string,
	call: Pick<ApiCall<undefined>, 'operation' | 'path' | 'authorization'>,
): Promise<Deletion> {
	let isRepeated = false;
	try {
		await client.call({
			...call,
			method: 'DELETE',
			recoverResult: async () => {
				isRepeated = true;
				return await Promise.resolve(undefined);
			},
		});
	} catch (error) {
		if (!isGone(error)) throw error;
		return { id, deleted: true, already_deleted: !isRepeated };
	}
	return { id, deleted: true, already_deleted: false };
}

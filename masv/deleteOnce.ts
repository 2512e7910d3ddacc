import { isGone } from './answers';
import type { ApiCall } from './apiCall';
import type { MasvClient } from './client';
import { asUndocumented } from './undocumented';

/** The output of every operation that deletes something. */
export interface Deletion {
	id: string;
	deleted: true;
	/** Whether it had been deleted before, or never existed for this API key. */
	already_deleted: boolean;
}

export interface DeleteOptions {
	/** Whether a rejection means that there is nothing left to delete; may ask MASV. Default: 404. */
	isDone?: (rejection: unknown) => Promise<boolean>;
	/** Whether MASV documents the route. Default: true. */
	isDocumented?: boolean;
}

/** Deletes something. What is gone counts as deleted; so does what a call whose response was lost has deleted. */
export async function deleteOnce(
	client: MasvClient,
	id: string,
	call: Pick<ApiCall<undefined>, 'operation' | 'path' | 'authorization'>,
	{ isDone = async (rejection) => await Promise.resolve(isGone(rejection)), isDocumented = true }: DeleteOptions = {},
): Promise<Deletion> {
	let isRepeated = false;
	try {
		await client.call({
			...call,
			method: 'DELETE',
			recoverResult: () => void (isRepeated = true),
		});
	} catch (error) {
		if (!(await isDone(error))) throw isDocumented ? error : asUndocumented(error);
		return { id, deleted: true, already_deleted: !isRepeated };
	}
	return { id, deleted: true, already_deleted: false };
}

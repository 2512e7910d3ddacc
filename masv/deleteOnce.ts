import { isGone } from './answers';
import type { ApiCall } from './apiCall';
import type { MasvClient } from './client';
import { MasvInputError } from './errors';
import { isIdForm } from './idForm';
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

/**
 * The deletion, unless nothing had the ID because it is none: what has it as its name still exists.
 * @param kind such as "a portal"
 * @throws MasvInputError
 */
export function refuseName(deletion: Deletion, kind: string, field: string): Deletion {
	if (!deletion.already_deleted || isIdForm(deletion.id)) return deletion;
	throw new MasvInputError(`"${deletion.id}" is not the ID of ${kind}; nothing was deleted`, {
		code: 'id_malformed',
		field,
		hint: 'Enter the ID, such as 01J0VK7K95A2ACFRW3Z93DJ7B2, not the name.',
	});
}

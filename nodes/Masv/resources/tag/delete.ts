import { deleteTag } from '../../../../masv/tags';
import { tagId } from '../../fields/tagId';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Delete',
	value: 'delete',
	action: 'Permanently delete a tag',
	description: 'Permanently delete a tag. This cannot be undone. A tag that no longer exists counts as deleted.',
	fields: [tagId],
	run: async ({ masv, input }) => await deleteTag(masv, input.tagId),
});

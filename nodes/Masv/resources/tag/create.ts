import { createTag } from '../../../../masv/tags';
import { newName } from '../../fields/newName';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Create',
	value: 'create',
	action: 'Create a tag',
	description: 'Create a tag that portals and packages can have',
	fields: [{ ...newName, placeholder: 'e.g. dailies' }],
	run: async ({ masv, input }) => await createTag(masv, input.name.trim()),
});

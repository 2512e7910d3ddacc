import { deletePortal } from '../../../../masv/portals/create';
import { findPortalIn, portalId } from '../../fields/portalId';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Delete',
	value: 'delete',
	action: 'Permanently delete a portal',
	description:
		'Permanently delete a portal. This cannot be undone. Its packages remain. A portal that no longer exists counts as deleted.',
	fields: [portalId],
	run: async ({ masv, input }) => {
		const id = await findPortalIn(masv, input.portalId);
		return id === undefined ? { id: null, deleted: true, already_deleted: true } : await deletePortal(masv, id);
	},
});

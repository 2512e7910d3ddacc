import { fetchPortal } from '../../../../masv/portals/fetch';
import { withoutSecrets } from '../../../../masv/portals/shown';
import { portalId, toPortalId } from '../../fields/portalId';
import { simplify } from '../../fields/simplify';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Get',
	value: 'get',
	action: 'Get a portal',
	description: 'Get the settings of one portal, without its passwords',
	fields: [portalId, simplify],
	run: async ({ masv, input }) => withoutSecrets(await fetchPortal(masv, await toPortalId(masv, input.portalId))),
});

import { createPortal } from '../../../../masv/portals/create';
import { withoutSecrets } from '../../../../masv/portals/shown';
import { portalNames, portalSettingFields } from '../../fields/portalSettings';
import { readPortalSettings } from '../../fields/readPortalSettings';
import { defineOperation } from '../../operation';

const [active, name, subdomain] = portalNames;

export default defineOperation({
	name: 'Create',
	value: 'create',
	action: 'Create a portal',
	description: 'Create a portal, a web page where others upload files to the team',
	fields: [{ ...name, required: true }, { ...subdomain, required: true }, active, ...portalSettingFields],
	run: async ({ masv, input }) => {
		const settings = await readPortalSettings(masv, input);
		const names = { name: input.name.trim(), subdomain: input.subdomain.trim(), active: input.active };
		return withoutSecrets(await createPortal(masv, { ...settings, ...names }));
	},
});

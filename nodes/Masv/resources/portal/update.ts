import { changePortal } from '../../../../masv/portals/change';
import { withoutSecrets } from '../../../../masv/portals/shown';
import { portalId, toPortalId } from '../../fields/portalId';
import { portalNames, portalSettingFields } from '../../fields/portalSettings';
import { readPortalNames, readPortalSettings } from '../../fields/readPortalSettings';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Update',
	value: 'update',
	action: 'Update a portal',
	description: 'Change settings of a portal. What is not set stays as it is.',
	fields: [
		portalId,
		{
			displayName: 'General',
			name: 'general',
			type: 'collection',
			placeholder: 'Add setting',
			default: {},
			description: 'Name, URL and state of the portal',
			options: portalNames,
		},
		...portalSettingFields,
		{
			displayName: 'Settings to Remove',
			name: 'remove',
			type: 'multiOptions',
			options: [
				{ name: 'Access List', value: 'accessList' },
				{ name: 'Allowed File Types', value: 'fileTypes' },
				{ name: 'Background', value: 'backgroundUrl' },
				{ name: 'Closing Date', value: 'expiry' },
				{ name: 'Download Password', value: 'downloadPassword' },
				{ name: 'Logo', value: 'logoUrl' },
				{ name: 'Message', value: 'message' },
				{ name: 'Package Name Pattern', value: 'nameFormat' },
				{ name: 'Primary Color', value: 'primaryColor' },
				{ name: 'Recipients', value: 'recipients' },
				{ name: 'Size Limits', value: 'sizeLimits' },
				{ name: 'Storage Connections', value: 'cloudConnections' },
				{ name: 'Tag', value: 'tag' },
				{ name: 'Teamspace', value: 'teamspace' },
				{ name: 'Terms of Service', value: 'terms' },
				{ name: 'Upload Password', value: 'uploadPassword' },
				{ name: 'Webhooks', value: 'webhooks' },
			],
			default: [],
			description: 'Settings that the portal should no longer have',
		},
	],
	run: async ({ masv, input }) => {
		const settings = { ...(await readPortalSettings(masv, input)), ...readPortalNames(input.general) };
		const id = await toPortalId(masv, input.portalId);
		return withoutSecrets(await changePortal(masv, id, settings, input.remove));
	},
});

import { checkPortalAccepts, findPortal } from '../../../../masv/portals';
import { createPackage, withoutSecrets } from '../../../../masv/packages';
import { packageOptions, readTarget, targetFields } from '../../fields/target';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Create',
	value: 'create',
	action: 'Create a package',
	description: 'Create an empty package to upload files into',
	fields: [
		...targetFields,
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: packageOptions,
		},
	],
	run: async ({ masv, n8n, input }) => {
		const target = await readTarget(masv, n8n, input);
		if (target.kind === 'portal') {
			const portal = await findPortal(masv, target.portalId);
			if (portal !== undefined) {
				checkPortalAccepts(portal, {
					packageName: target.request.name,
					files: [],
					hasAccessCode: target.accessCode !== undefined,
					nowMs: masv.clock.now(),
				});
			}
		}
		return withoutSecrets(await createPackage(masv, target));
	},
});

import { forgetSent } from '../../../../masv/sync/keptLedgers';
import { ledgerFields } from '../../fields/ledgerId';
import { packageId } from '../../fields/packageId';
import { readBookkeeping } from '../../fields/transfer';
import { pickExisting, readPath } from '../../files/paths';
import { openLedgers } from '../../ledgerMemory';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Reset Ledger',
	value: 'forgetSent',
	action: 'Reset the ledger of sent or received files',
	description:
		'Make a Send New Files or Receive New Files node in this workflow transfer files again. Nothing changes in MASV or on disk.',
	authentications: ['teamKey', 'portal'],
	fields: [
		...ledgerFields,
		{
			displayName: 'Files',
			name: 'which',
			type: 'options',
			options: [
				{ name: 'All', value: 'all', description: 'Everything that the node has sent or received' },
				{
					name: 'At a Path',
					value: 'path',
					description: 'One file, or all files in a folder. Of received packages, those in a folder.',
				},
				{ name: 'Of a Package', value: 'package', description: 'What was sent or received in one package' },
			],
			default: 'path',
			description: 'Which files to send or receive again',
		},
		{
			displayName: 'Path',
			name: 'path',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. /media/dailies/day-1',
			description: 'File or folder on the machine (or container) n8n runs on, as Get Ledger outputs it',
			displayOptions: { show: { which: ['path'] } },
		},
		{ ...packageId, displayOptions: { show: { authentication: ['teamKey'], which: ['package'] } } },
		// The list needs the API key of a team.
		{
			...packageId,
			modes: [packageId.modes[1]],
			displayOptions: { show: { authentication: ['portal'], which: ['package'] } },
		},
	],
	run: async ({ masv, n8n, input }) => {
		const { ledgerId: id, which } = input;
		const { leases } = readBookkeeping(n8n, 'upload');
		const place = { ledgers: openLedgers(n8n), leases, id, workflow: n8n.getWorkflow().id };
		const path = which === 'path' ? await pickExisting(readPath(input.path, 'Path')) : undefined;
		const what = { ...(path !== undefined && { path }), ...(which === 'package' && { package: input.packageId }) };
		return { ledger_id: id, ...(await forgetSent(masv, place, what)) };
	},
});

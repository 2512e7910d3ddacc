import { readKeptLedger } from '../../../../masv/sync/keptLedgers';
import { ledgerFields } from '../../fields/ledgerId';
import { paging, wantedOf } from '../../fields/paging';
import { openLedgers } from '../../ledgerMemory';
import { defineOperation } from '../../operation';
import { shownLedger } from '../../shownLedger';

export default defineOperation({
	name: 'Get Ledger',
	value: 'getLedger',
	action: 'Get the ledger of sent or received files',
	description: 'Get the record of what a Send New Files or Receive New Files node in this workflow has transferred',
	authentications: ['teamKey', 'portal'],
	fields: [...ledgerFields, ...paging],
	run: async ({ masv, n8n, input }) => {
		const id = input.ledgerId;
		const place = { ledgers: openLedgers(n8n), id, workflow: n8n.getWorkflow().id };
		const { sent, received, ...facts } = shownLedger(id, await readKeptLedger(place, masv.clock));
		return { ...facts, sent: wantedOf(sent, input), received: wantedOf(received, input) };
	},
});

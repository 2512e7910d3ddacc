import { withoutTokens } from '../../../../masv/activities';
import { fetchTransfers } from '../../../../masv/storage/transfers';
import { packageId } from '../../fields/packageId';
import { paging } from '../../fields/paging';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Get Transfers',
	value: 'getTransfers',
	action: 'Get the transfers of a package',
	description: 'List the transfers of a package to and from connected storages, with their states',
	fields: [packageId, ...paging],
	run: async ({ masv, input }) => {
		const transfers = await fetchTransfers(masv, input.packageId);
		const wanted = input.returnAll ? transfers : transfers.slice(0, input.limit);
		return wanted.map((transfer) => ({ ...withoutTokens(transfer), package_id: input.packageId }));
	},
});

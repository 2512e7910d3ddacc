import { withoutTokens } from '../../../../masv/activities';
import { fetchTransfers } from '../../../../masv/storage/transfers';
import { packageId } from '../../fields/packageId';
import { paging, wantedOf } from '../../fields/paging';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Get Transfers',
	value: 'getTransfers',
	action: 'Get the transfers of a package',
	description: 'List the transfers of a package to and from connected storages, with their states',
	fields: [packageId, ...paging],
	run: async ({ masv, input }) => {
		const wanted = wantedOf(await fetchTransfers(masv, input.packageId), input);
		return wanted.map((transfer) => ({ ...withoutTokens(transfer), package_id: input.packageId }));
	},
});

import type { RetryPolicy } from '../../../masv/retry';
import { noRetry } from '../../../masv/retry';
import { fetchListing, sharingLists } from '../../../masv/transfer/listing';
import type { Transport } from '../../../masv/transport';
import { nockClient } from '../../support/nockMasv';
import { accessTo } from '../../support/packageAccess';

it.each<[string, RetryPolicy | undefined]>([
	['as long as the policy permits', undefined],
	['once', noRetry],
])('a list is read once for all that ask for it at the same moment, %s', async (_, policy) => {
	let reads = 0;
	const transport: Transport = async () => {
		reads++;
		await new Promise((resolve) => setImmediate(resolve));
		return { status: 200, headers: {}, text: '[]' };
	};
	const access = sharingLists(accessTo(nockClient({ transport })));
	await Promise.all(Array.from({ length: 10 }, async () => await fetchListing(access, policy)));
	expect(reads).toBe(1);
});

import type { NodeOperationError } from 'n8n-workflow';

import { failureOf } from '../../../support/failureOf';
import { runMasv, useDataFolder } from '../../../support/masvNode';
import { useNock } from '../../../support/nockMasv';

useNock();
useDataFolder();

const sending = { destination: 'team', packageName: 'Dailies', recipients: '', createLink: true, options: {} };
const operations: Array<[name: string, parameters: object, different: object]> = [
	[
		'Send Files',
		{ resource: 'package', operation: 'send', ...sending, source: 'binary', binaryPropertyName: 'data' },
		{ recipients: 'ben@example.com' },
	],
	[
		'Send New Files',
		{ resource: 'package', operation: 'sendNew', ...sending, paths: '/nowhere' },
		{ recipients: 'ben@example.com' },
	],
	[
		'Send Files from Storage',
		{ resource: 'storage', operation: 'pull', connectionId: 'C1', ...sending, source: 'items', wait: true },
		{ recipients: 'ben@example.com' },
	],
	['Receive New Files', { resource: 'package', operation: 'receiveNew', folder: '/nowhere' }, { folder: '/other' }],
];

describe.each(operations)('the items of %s, which are one job', (_, parameters, different) => {
	const data = { data: '', mimeType: 'video/quicktime', fileName: 'a.mov' };
	const items = [0, 1, 2].map(() => ({ json: { id: 'a', name: 'a', kind: 'file' }, binary: { data } }));
	const options = { items, parameters: [parameters, { ...parameters, ...different }, parameters] as object[] };

	it('fail together if one of them is wrong, and the error is that of this item', async () => {
		const run = async (continueOnFail: boolean) =>
			await runMasv({ ...options, parameters: options.parameters.map((each) => ({ ...each })), continueOnFail });
		const error = await failureOf<NodeOperationError>(run(false));
		expect(error.message).toMatch(/ is not the same for all items$/);
		expect(error.context.itemIndex).toBe(1);
		const [failed, ...others] = await run(true);
		expect(others).toEqual([]);
		expect(failed?.pairedItem).toEqual([{ item: 1 }, { item: 0 }, { item: 2 }]);
	});
});

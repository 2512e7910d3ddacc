import type { IBinaryData, NodeOperationError } from 'n8n-workflow';

import { Masv } from '../../../../nodes/Masv/Masv.node';
import { fakeN8n, itemWith } from '../../../support/fakeN8n';
import { emptyItem, runMasv, useDataFolder } from '../../../support/masvNode';
import { openPackage, packageRoute, takesFile } from '../../../support/nockNode';
import { failureOf, forgetTheRest, masv, useNock } from '../../../support/nockMasv';

useNock();
useDataFolder();

describe('Upload', () => {
	const parameters = {
		resource: 'file',
		operation: 'upload',
		packageId: { mode: 'id', value: 'P1' },
		source: 'binary',
		binaryPropertyName: 'data',
		options: {},
	};

	/** Another file with the name "a.mov". */
	const lookalike = () => {
		const item = itemWith({ data: 'b.mov' });
		(item.binary?.data as IBinaryData).fileName = 'a.mov';
		return item;
	};

	it('pairs every file with its item, and says above the output what was sent', async () => {
		openPackage();
		takesFile('F1', 'a.mov');
		takesFile('F2', 'b.mov');
		const items = [itemWith({ data: 'a.mov' }), itemWith({ data: 'b.mov' })];
		const { n8n, hinted } = fakeN8n({ items, parameters });
		const [output = []] = await new Masv().execute.call(n8n);
		expect(hinted).toEqual([expect.stringMatching(/^Sent 2 files, 32 bytes, in \d/)]);
		expect(output.map(({ json, pairedItem }) => [json.name, json.package_id, pairedItem])).toEqual([
			['a.mov', 'P1', { item: 0 }],
			['b.mov', 'P1', { item: 1 }],
		]);
	});

	it('names the item whose binary field is missing before sending anything', async () => {
		const items = ['a', 'b', 'c', 'd', 'e'].map((name, index) =>
			index === 2 ? emptyItem() : itemWith({ data: name }),
		);
		const error = await failureOf<NodeOperationError>(runMasv({ items, parameters }));
		expect(error.message).toBe('The item has no binary field "data" [Input Data Field Name]');
		expect(error.context.itemIndex).toBe(2);
	});

	it('sends the other files if the node is set to continue on fail', async () => {
		openPackage();
		for (const [id, name] of [
			['F1', 'a'],
			['F2', 'b'],
			['F4', 'd'],
			['F5', 'e'],
		] as const)
			takesFile(id, name);
		const items = ['a', 'b', 'c', 'd', 'e'].map((name, index) =>
			index === 2 ? emptyItem() : itemWith({ data: name }),
		);
		const output = await runMasv({ items, parameters, continueOnFail: true });
		const byItem = new Map(output.map(({ json, pairedItem }) => [JSON.stringify(pairedItem), json.name ?? json.error]));
		expect(Object.fromEntries(byItem)).toEqual({
			'{"item":0}': 'a',
			'{"item":1}': 'b',
			'{"item":2}': 'The item has no binary field "data" [Input Data Field Name]',
			'{"item":3}': 'd',
			'{"item":4}': 'e',
		});
	});

	it('does not ignore the options of an item that differ from those of another', async () => {
		const items = [itemWith({ data: 'a' }), itemWith({ data: 'b' })];
		const differing = [parameters, { ...parameters, transfer: { partSize: '64' } }];
		const error = await failureOf<NodeOperationError>(runMasv({ items, parameters: differing }));
		expect(error.message).toContain('Part Size (MiB) is not the same for all items');
		expect(error.context.itemIndex).toBe(1);
	});

	it('rejects a finalized package', async () => {
		masv().get(packageRoute('P1')).reply(200, { id: 'P1', access_token: 'token-P1', state: 'finalized' });
		const error = await failureOf(runMasv({ items: [itemWith({ data: 'a' })], parameters }));
		expect(error.message).toBe('Package P1 is finalized and does not accept more files');
	});

	it('rejects two files with the same path in the package', async () => {
		openPackage();
		const items = [itemWith({ data: 'c.mov' }), itemWith({ data: 'a.mov' }), lookalike()];
		const error = await failureOf<NodeOperationError>(runMasv({ items, parameters }));
		expect(error.message).toContain('Two files map to the same path "a.mov" in the package (Item 2 of 3');
		expect(error.context.itemIndex).toBe(1);
		forgetTheRest();
	});

	it('sends the others if two have the same path in the package, and the node is set to continue on fail', async () => {
		openPackage();
		takesFile('F1', 'c.mov');
		const items = [itemWith({ data: 'c.mov' }), itemWith({ data: 'a.mov' }), lookalike()];
		const output = await runMasv({ items, parameters, continueOnFail: true });
		const taken = expect.stringContaining('Two files map to the same path') as string;
		expect(output.map(({ json, pairedItem }) => [json.name ?? json.error, pairedItem])).toEqual([
			['c.mov', { item: 0 }],
			[taken, { item: 1 }],
			[taken, { item: 2 }],
		]);
	});
});

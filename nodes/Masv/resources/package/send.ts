import { sendPackage } from '../../../../masv/upload/sendPackage';
import { joinFound } from '../../files/foundFiles';
import { distinctSources } from '../../files/namedSource';
import { fileFields, md5List, readSources, uploadOptions } from '../../fields/files';
import { createLink, packageOptions, readTarget, targetFields, unfinished } from '../../fields/target';
import { ifRunning, limitBandwidth, readUploadOptions, transferField } from '../../fields/transfer';
import { readTogether } from '../../input';
import { defineOperation } from '../../operation';
import { nodeRun } from '../../nodeScope';
import { linkFor, shownDelivery } from '../../shownDelivery';
import { optionalText } from '../../values/text';

export default defineOperation({
	name: 'Send Files',
	value: 'send',
	action: 'Send files in one package',
	description: 'Create a package, upload the files of all items to it, finalize it and return a link',
	authentications: ['teamKey', 'portal'],
	fields: [
		...targetFields,
		...fileFields,
		createLink,
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [...packageOptions, ...uploadOptions, md5List, unfinished],
		},
		transferField(ifRunning),
	],
	// Texts often contain the time, which differs from item to item. Those of the first item are used.
	mayDiffer: ['packageName', 'message', 'folder', 'leaveOut', ...fileFields.map(({ name }) => name)],
	runAll: async ({ masv, authentication, n8n, items, hints }) => {
		const [first] = items;
		if (first === undefined) return [];
		const input = first.read();
		const client = limitBandwidth(masv, n8n, input.transfer);
		const target = await readTarget({ masv, authentication, n8n }, input);
		const itemIndexes = items.map(({ itemIndex }) => itemIndex);
		const { values, failed } = await readTogether(items, async (itemInput, itemIndex) => {
			return await readSources(n8n, itemInput, itemIndex);
		});
		if (failed.length > 0) return failed;
		const found = joinFound(values);
		const sent = await sendPackage(client, {
			...readUploadOptions(n8n, input.transfer),
			target,
			sources: await distinctSources(found.sources, client.clock),
			directories: found.emptyFolders,
			md5List: optionalText(input.options.md5List),
			link: linkFor(target, input.createLink),
			unfinished: input.options.unfinished ?? 'keep',
			run: nodeRun(n8n),
		});
		hints.sent({ ...sent, files: sent.files.length });
		return [{ itemIndexes, json: shownDelivery(sent, found.leftOut) }];
	},
});

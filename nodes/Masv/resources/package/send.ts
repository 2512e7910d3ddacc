import { withoutSecrets } from '../../../../masv/packages/shown';
import { sendPackage } from '../../../../masv/upload/sendPackage';
import { distinctSources } from '../../files/namedSource';
import { fileFields, ifRunning, readSources, readUploadOptions, uploadOptions } from '../../fields/files';
import { packageOptions, readTarget, targetFields } from '../../fields/target';
import { optionalText } from '../../values/text';
import { readEach } from '../../input';
import { defineOperation } from '../../operation';
import { nodeRun } from '../../nodeScope';

export default defineOperation({
	name: 'Send Files',
	value: 'send',
	action: 'Send files in one package',
	description: 'Create a package, upload the files of all items to it, finalize it and return a link',
	fields: [
		...targetFields,
		...fileFields,
		{
			displayName: 'Create Link',
			name: 'createLink',
			type: 'boolean',
			default: true,
			description: 'Whether to create a download link that works for anyone who has it',
			displayOptions: { show: { destination: ['team'] } },
		},
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				...packageOptions,
				...uploadOptions,
				ifRunning,
				{
					displayName: 'If the Upload Fails',
					name: 'unfinished',
					type: 'options',
					options: [
						{ name: 'Delete the Package', value: 'delete', description: 'Leaves no incomplete package in MASV' },
						{
							name: 'Keep the Package',
							value: 'keep',
							description: 'You can complete it with File > Upload and Package > Finalize',
						},
					],
					default: 'keep',
					description: 'What to do with the package if something fails. Recipients are not notified in either case.',
				},
				{
					displayName: 'Link Password',
					name: 'linkPassword',
					type: 'string',
					typeOptions: { password: true },
					default: '',
					description: 'Password required to open the created link',
				},
			],
		},
	],
	// Texts often contain the time, which differs from item to item. Those of the first item are used.
	mayDiffer: ['packageName', 'description', 'folder', ...fileFields.map(({ name }) => name)],
	runAll: async ({ masv, n8n, items }) => {
		const [first] = items;
		if (first === undefined) return [];
		const input = first.read();
		const target = await readTarget(masv, n8n, input);
		const itemIndexes = items.map(({ itemIndex }) => itemIndex);
		const { values, failures } = await readEach(items, true, async (itemInput, itemIndex) => {
			return await readSources(n8n, itemInput, itemIndex);
		});
		const [failure] = failures;
		// All items share one package, so all of them fail; the item that caused it comes first.
		if (failure !== undefined)
			return [{ ...failure, itemIndexes: [...new Set([...failure.itemIndexes, ...itemIndexes])] }];
		const password = optionalText(input.options.linkPassword);
		const wantsLink = target.kind === 'team' && input.createLink;
		const sent = await sendPackage(masv, {
			...readUploadOptions(n8n, input.options),
			target,
			sources: distinctSources(values.flat()),
			link: wantsLink ? { ...(password !== undefined && { password }) } : undefined,
			unfinished: input.options.unfinished ?? 'keep',
			run: nodeRun(n8n),
		});
		return [{ itemIndexes, json: { ...sent, package: withoutSecrets(sent.package), link: sent.link ?? null } }];
	},
});

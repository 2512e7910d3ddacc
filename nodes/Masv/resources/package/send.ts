import type { IDataObject } from 'n8n-workflow';

import type { LinkRequest } from '../../../../masv/links';
import type { TeamPackageRequest } from '../../../../masv/packages/create';
import { withoutSecrets } from '../../../../masv/packages/shown';
import type { SendResult } from '../../../../masv/upload/sendPackage';
import { sendPackage } from '../../../../masv/upload/sendPackage';
import { joinFound } from '../../files/foundFiles';
import type { LeftOut } from '../../files/leaveOut';
import { distinctSources } from '../../files/namedSource';
import { fileFields, readSources, uploadOptions } from '../../fields/files';
import { packageOptions, readTarget, targetFields } from '../../fields/target';
import { ifRunning, readUploadOptions, transferField } from '../../fields/transfer';
import { readEach } from '../../input';
import { defineOperation } from '../../operation';
import { nodeRun } from '../../nodeScope';

export default defineOperation({
	name: 'Send Files',
	value: 'send',
	action: 'Send files in one package',
	description: 'Create a package, upload the files of all items to it, finalize it and return a link',
	authentications: ['teamKey', 'portal'],
	fields: [
		...targetFields,
		...fileFields,
		{
			displayName: 'Create Link',
			name: 'createLink',
			type: 'boolean',
			default: true,
			description: 'Whether to create a download link that works for anyone who has it',
			displayOptions: { show: { authentication: ['teamKey'], destination: ['team'] } },
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
				{
					displayName: 'If the Upload Fails',
					name: 'unfinished',
					type: 'options',
					options: [
						{ name: 'Delete the Package', value: 'delete', description: 'Leaves no incomplete package in MASV' },
						{
							name: 'Keep the Package',
							value: 'keep',
							description: 'The next execution that sends the same files resumes it',
						},
					],
					default: 'keep',
					description: 'What to do with the package if something fails. Recipients are not notified in either case.',
				},
			],
		},
		transferField(ifRunning),
	],
	// Texts often contain the time, which differs from item to item. Those of the first item are used.
	mayDiffer: ['packageName', 'message', 'folder', 'leaveOut', ...fileFields.map(({ name }) => name)],
	runAll: async ({ masv, authentication, n8n, items, hints }) => {
		const [first] = items;
		if (first === undefined) return [];
		const input = first.read();
		const target = await readTarget({ masv, authentication, n8n }, input);
		const itemIndexes = items.map(({ itemIndex }) => itemIndex);
		const { values, failures } = await readEach(items, true, async (itemInput, itemIndex) => {
			return await readSources(n8n, itemInput, itemIndex);
		});
		const [failure] = failures;
		// All items share one package, so all of them fail; the item that caused it comes first.
		if (failure !== undefined)
			return [{ ...failure, itemIndexes: [...new Set([...failure.itemIndexes, ...itemIndexes])] }];
		const found = joinFound(values);
		const sent = await sendPackage(masv, {
			...readUploadOptions(n8n, input.transfer),
			target,
			sources: distinctSources(found.sources),
			directories: found.emptyFolders,
			link: target.kind === 'team' && input.createLink ? linkOf(target.request) : undefined,
			unfinished: input.options.unfinished ?? 'keep',
			run: nodeRun(n8n),
		});
		hints.sent({ ...sent, files: sent.files.length });
		return [{ itemIndexes, json: toShown(sent, found.leftOut) }];
	},
});

/** A link gets the password of its package even if MASV does not do that by default: docs/masv-api.md#package-object */
function linkOf({ password }: TeamPackageRequest): LinkRequest {
	return password === undefined ? {} : { password };
}

/** What people look for comes first, because n8n shows the keys in this order. */
function toShown(sent: SendResult, leftOut: LeftOut[]): IDataObject {
	const { package: created, bytes, duration_ms, link = null, files, ...more } = sent;
	return {
		link_url: link?.url ?? null,
		package: withoutSecrets(created),
		bytes,
		duration_ms,
		...more,
		left_out: leftOut.map((left) => ({ ...left })),
		link,
		files,
	};
}

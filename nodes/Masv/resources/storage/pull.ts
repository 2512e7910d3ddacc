import { withoutTokens } from '../../../../masv/activities';
import { withoutSecrets } from '../../../../masv/packages/shown';
import { pullFromStorage } from '../../../../masv/storage/pull';
import type { StorageSource } from '../../../../masv/storage/transfers';
import { connectionId } from '../../fields/connectionId';
import { readStorageSources, storageSourceFields } from '../../fields/storageSources';
import { readTeamRequest, teamPackageFields, teamPackageOptions } from '../../fields/target';
import { ifRunning, readBookkeeping } from '../../fields/transfer';
import { timeLimitMs, timeLimitOfWait } from '../../fields/waiting';
import { readTogether } from '../../input';
import { nodeRun, nodeScope } from '../../nodeScope';
import { defineOperation } from '../../operation';
import { linkFor } from '../../shownDelivery';
import { toAddress } from '../../values/address';
import { optionalText } from '../../values/text';

export default defineOperation({
	name: 'Send Files from Storage',
	value: 'pull',
	action: 'Send files from a storage',
	description:
		'Have MASV transfer files of a connected storage into a new package, finalize it and return a link. The files do not pass through n8n. Recipients are notified, and MASV can charge for the transfer.',
	fields: [
		connectionId,
		...teamPackageFields,
		...storageSourceFields,
		{
			displayName: 'Create Link',
			name: 'createLink',
			type: 'boolean',
			default: true,
			description: 'Whether to create a download link that works for anyone who has it',
		},
		{
			displayName: 'Wait for the Transfer',
			name: 'wait',
			type: 'boolean',
			default: true,
			description:
				'Whether to wait until all files are in the package and then finalize it. Otherwise, the package remains new until it is finalized in MASV or with Package > Finalize.',
		},
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				...teamPackageOptions,
				ifRunning,
				{
					displayName: 'Notify',
					name: 'notifyEmail',
					type: 'string',
					default: '',
					placeholder: 'e.g. anna@example.com',
					description: 'MASV emails this address when the transfer is complete',
				},
				timeLimitOfWait,
			],
		},
	],
	// What the files are may differ from item to item: all of them go into one package.
	mayDiffer: ['packageName', 'message', ...storageSourceFields.map(({ name }) => name)],
	runAll: async ({ masv, n8n, items, hints }) => {
		const [first] = items;
		if (first === undefined) return [];
		const input = first.read();
		const { wait, createLink, options } = input;
		const request = readTeamRequest(input);
		const notifyEmail = optionalText(options.notifyEmail);
		const itemIndexes = items.map(({ itemIndex }) => itemIndex);
		const { values, failed } = await readTogether(items, async (itemInput, itemIndex) => {
			return await readStorageSources(masv, n8n, itemInput, itemIndex);
		});
		if (failed.length > 0) return failed;
		const sources = distinct(values.flat());
		const {
			package: sent,
			transfer,
			link,
		} = await pullFromStorage(masv, {
			...readBookkeeping(n8n, 'transfer'),
			scope: nodeScope(n8n),
			onWarning: (text) => n8n.logger.warn(`MASV: ${text}`),
			ifRunning: options.ifRunning,
			connectionId: input.connectionId,
			sources,
			package: request,
			notifyEmail: notifyEmail === undefined ? undefined : toAddress(notifyEmail, 'Notify'),
			link: linkFor({ kind: 'team', request }, createLink),
			timeoutMs: wait ? timeLimitMs(options.timeLimit) : undefined,
			run: nodeRun(n8n),
		});
		hints.pulled({ files: sent.total_files, bytes: sent.size, isComplete: wait });
		// What people look for comes first, because n8n shows the keys in this order.
		const json = {
			link_url: link?.url ?? null,
			package: withoutSecrets(sent),
			transfer: { ...withoutTokens(transfer) },
			link: link === undefined ? null : { ...link },
			sources: sources.map((source) => ({ ...source })),
		};
		return [{ itemIndexes, json }];
	},
});

/** Several items may name the same folder. */
function distinct(sources: StorageSource[]): StorageSource[] {
	return [...new Map(sources.map((source) => [source.id, source])).values()];
}

import { withoutTokens } from '../../../../masv/activities';
import { sendToStorage } from '../../../../masv/storage/sendToStorage';
import { connectionId } from '../../fields/connectionId';
import { packageId } from '../../fields/packageId';
import { readBookkeeping } from '../../fields/transfer';
import { timeLimitMs, timeLimitOfWait } from '../../fields/waiting';
import { nodeRun } from '../../nodeScope';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Send Package',
	value: 'sendPackage',
	action: 'Send a package to a storage',
	description:
		'Have MASV transfer a finalized package to a connected storage. The files do not pass through n8n. MASV can charge for the transfer.',
	fields: [
		packageId,
		connectionId,
		{
			displayName: 'Wait for the Transfer',
			name: 'wait',
			type: 'boolean',
			default: true,
			description: 'Whether to wait until the transfer is complete, and fail with the reason if it fails',
		},
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				{
					displayName: 'Send Again',
					name: 'again',
					type: 'boolean',
					default: true,
					description:
						'Whether to send the package again if it has already been sent to this storage. Otherwise, the earlier transfer is the result.',
				},
				timeLimitOfWait,
			],
		},
	],
	run: async ({ masv, n8n, input }) => {
		const { again = false, timeLimit: minutes } = input.options;
		const { transfer, already_sent } = await sendToStorage(masv, {
			...readBookkeeping(n8n, 'transfer'),
			run: nodeRun(n8n),
			packageId: input.packageId,
			connectionId: input.connectionId,
			again,
			timeoutMs: input.wait ? timeLimitMs(minutes) : undefined,
		});
		return {
			...withoutTokens(transfer),
			package_id: input.packageId,
			cloud_connection_id: input.connectionId,
			already_sent,
		};
	},
});

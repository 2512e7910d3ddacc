import { withoutSecrets } from '../../../../masv/packages/shown';
import { fetchPackage } from '../../../../masv/packages/find';
import { waitForPackage } from '../../../../masv/packages/wait';
import { waitTimeout } from '../../../../masv/storage/waitForTransfer';
import { packageId } from '../../fields/packageId';
import { timeLimit, timeLimitMs } from '../../fields/waiting';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Wait',
	value: 'wait',
	action: 'Wait for a package',
	description:
		'Wait until a package is finalized, was delivered to its connected storage, or was downloaded. Polls MASV at increasing intervals.',
	fields: [
		packageId,
		{
			displayName: 'Wait Until',
			name: 'until',
			type: 'options',
			options: [
				{
					name: 'Delivered to Storage',
					value: 'delivered',
					description: 'All its transfers to connected storages are complete. Fails if one of them fails.',
				},
				{
					name: 'Downloaded',
					value: 'downloaded',
					description: 'Someone has downloaded all files with a program that confirms it to MASV',
				},
				{ name: 'Finalized', value: 'finalized', description: 'All files are uploaded, and the links are active' },
			],
			default: 'finalized',
			description: 'What to wait for',
		},
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				{
					displayName: 'If the Time Is Up',
					name: 'ifTimeUp',
					type: 'options',
					options: [
						{ name: 'Continue', value: 'continue', description: 'Output the package with reached: false' },
						{ name: 'Fail', value: 'fail', description: 'With an error that says so' },
					],
					default: 'fail',
					description: 'What to do at the end of the time limit',
				},
				timeLimit,
			],
		},
	],
	run: async ({ masv, input }) => {
		const { timeLimit: minutes, ifTimeUp = 'fail' } = input.options;
		const found = await waitForPackage(masv, input.packageId, input.until, timeLimitMs(minutes));
		if (found !== undefined) return { ...withoutSecrets(found), reached: true };
		if (ifTimeUp === 'fail') throw waitTimeout(input.packageId, input.until);
		return { ...withoutSecrets(await fetchPackage(masv, input.packageId)), reached: false };
	},
});

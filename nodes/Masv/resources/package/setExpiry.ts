import type { Expiry } from '../../../../masv/packages/setExpiry';
import { setPackageExpiry } from '../../../../masv/packages/setExpiry';
import { withoutSecrets } from '../../../../masv/packages/shown';
import { packageId } from '../../fields/packageId';
import { defineOperation } from '../../operation';

const dayMs = 24 * 3_600_000;

export default defineOperation({
	name: 'Set Expiry',
	value: 'setExpiry',
	action: 'Set the expiry of a package',
	description:
		'Change when MASV deletes the files of a package. An earlier date deletes them sooner, which cannot be undone; storage beyond what your plan includes costs money.',
	fields: [
		packageId,
		{
			displayName: 'Expires',
			name: 'expires',
			type: 'options',
			options: [
				{ name: 'After a Number of Days', value: 'days', description: 'Days from now' },
				{ name: 'Never (Unlimited Storage)', value: 'never', description: 'MASV charges for unlimited storage' },
				{ name: 'On a Date', value: 'date', description: 'A date in the future' },
			],
			default: 'date',
			description: 'When MASV deletes the files of the package',
		},
		{
			displayName: 'Expiry Date',
			name: 'expiryDate',
			type: 'dateTime',
			default: '',
			required: true,
			description: 'The date on which MASV deletes the files. MASV can charge for storage until a later date.',
			displayOptions: { show: { expires: ['date'] } },
		},
		{
			displayName: 'Days From Now',
			name: 'days',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 65_535 },
			default: 7,
			required: true,
			description:
				'Number of days after which MASV deletes the files. MASV can charge for more days than your plan includes.',
			displayOptions: { show: { expires: ['days'] } },
		},
	],
	run: async ({ masv, input }) => {
		const after = (days: number): string => new Date(masv.clock.now() + days * dayMs).toISOString();
		const expiry: Record<typeof input.expires, () => Expiry> = {
			date: () => ({ expiry: input.expiryDate }),
			days: () => ({ expiry: after(input.days) }),
			never: () => 'unlimited',
		};
		return withoutSecrets(await setPackageExpiry(masv, input.packageId, expiry[input.expires]()));
	},
});

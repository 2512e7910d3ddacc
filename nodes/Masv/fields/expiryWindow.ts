import type { ArchiveVerb, ExpiryWindow } from '../../../masv/packages/archive';
import { archivePortalPackages, archiveTeamPackages } from '../../../masv/packages/archive';
import type { MasvClient } from '../../../masv/client';
import { MasvInputError } from '../../../masv/errors';
import type { InputOf } from '../operation';
import { portalId, toPortalId } from './portalId';

/** Which packages to archive or unarchive. */
export const expiryWindowFields = [
	{
		displayName: 'Packages',
		name: 'scope',
		type: 'options',
		options: [
			{ name: 'Received Through All Portals', value: 'received' },
			{ name: 'Received Through One Portal', value: 'portal' },
			{ name: 'Sent by the Team', value: 'sent' },
		],
		default: 'sent',
		description: 'Which packages to process',
	},
	{ ...portalId, displayOptions: { show: { scope: ['portal'] } } },
	{
		displayName: 'Expired After',
		name: 'expiryStart',
		type: 'dateTime',
		default: '',
		required: true,
		description: 'Earliest expiry date of the packages',
	},
	{
		displayName: 'Expired Before',
		name: 'expiryEnd',
		type: 'dateTime',
		default: '',
		required: true,
		description: 'Latest expiry date of the packages',
	},
] as const;

/** Archives or unarchives all packages that expired within the window. */
export async function applyToWindow(
	masv: MasvClient,
	verb: ArchiveVerb,
	input: InputOf<typeof expiryWindowFields>,
): Promise<{ total_updated: number }> {
	const window: ExpiryWindow = {
		expiry_start: input.expiryStart,
		expiry_end: input.expiryEnd,
	};
	if (window.expiry_start > window.expiry_end) {
		throw new MasvInputError('The date range ends before it starts', {
			code: 'value_out_of_range',
			field: 'Expired Before',
			hint: 'Enter a date later than Expired After.',
		});
	}
	const updated =
		input.scope === 'portal'
			? await archivePortalPackages(masv, verb, await toPortalId(masv, input.portalId), window)
			: await archiveTeamPackages(masv, verb, input.scope, window);
	return { total_updated: updated, ...window };
}

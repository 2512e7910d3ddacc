import type { IExecuteFunctions } from 'n8n-workflow';

import type { MasvClient } from '../../../masv/client';
import { MasvInputError } from '../../../masv/errors';
import { findPortalId } from '../../../masv/portals/portals';
import { readPortalAccess } from '../connect';
import type { InputOf } from '../operation';
import { portalId, toPortalId } from './portalId';
import { optionalText } from '../values/text';
import type { PackageTarget } from '../../../masv/packages/create';
import { toBaseUrl } from '../../../masv/credential';
import { checkAddresses, toAddress } from '../values/address';

/** Operations with this field can deliver to a portal, and so may need its upload password. */
export const destination = {
	displayName: 'Destination',
	name: 'destination',
	type: 'options',
	options: [
		{
			name: 'People (Email or Link)',
			value: 'team',
			description: 'Send from your team to anyone, by email or download link',
		},
		{ name: 'Portal', value: 'portal', description: 'Deliver to a portal, of your team or of someone else' },
	],
	default: 'team',
	description: 'Who receives the package',
} as const;

/** Destination and name of a new package; shared by all operations that create one. */
export const targetFields = [
	destination,
	{ ...portalId, displayOptions: { show: { destination: ['portal'] } } },
	{
		displayName: 'Package Name',
		name: 'packageName',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. Dailies 2026-11-21',
		description: 'Name of the package, shown to the recipients',
	},
	{
		displayName: 'Recipients',
		name: 'recipients',
		type: 'string',
		accepts: 'list',
		default: '',
		placeholder: 'e.g. anna@example.com, ben@example.com',
		description:
			'Comma-separated email addresses. MASV emails them a download link when the package is finalized. Leave empty to send no emails.',
		displayOptions: { show: { destination: ['team'] } },
	},
	{
		displayName: 'Sender',
		name: 'sender',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. anna@example.com',
		description: 'Your email address, shown to the owner of the portal',
		displayOptions: { show: { destination: ['portal'] } },
	},
] as const;

const forPeople = { show: { '/destination': ['team'] } } as const;
const forPortals = { show: { '/destination': ['portal'] } } as const;

/** Options of a new package. An option that only one destination has is offered only there. */
export const packageOptions = [
	{
		displayName: 'Download Limit',
		name: 'accessLimit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 5,
		description: 'Maximum number of downloads per link',
		displayOptions: forPeople,
	},
	{
		displayName: 'Form Response ID',
		name: 'formDataId',
		type: 'string',
		default: '',
		description: 'ID of the form response, for portals with a form',
		displayOptions: forPortals,
	},
	{
		displayName: 'Message',
		name: 'message',
		type: 'string',
		typeOptions: { rows: 4 },
		default: '',
		description: 'Message to the recipients',
	},
	{
		displayName: 'Password',
		name: 'password',
		type: 'string',
		typeOptions: { password: true },
		default: '',
		description: 'Password required to download the package, also through its links',
		displayOptions: forPeople,
	},
	{
		displayName: 'Unlimited Storage',
		name: 'unlimitedStorage',
		type: 'boolean',
		default: false,
		description:
			'Whether to keep the package until it is deleted. MASV charges for storage beyond what your plan includes.',
		displayOptions: forPeople,
	},
] as const;

type TargetInput = InputOf<typeof targetFields> & { options: Partial<InputOf<typeof packageOptions>> };

/** @throws MasvInputError for an address or a credential that cannot be used */
export async function readTarget(masv: MasvClient, n8n: IExecuteFunctions, input: TargetInput): Promise<PackageTarget> {
	const { message: description = '', accessLimit, password, unlimitedStorage, formDataId } = input.options;
	const name = input.packageName.trim();
	if (input.destination === 'team') {
		return {
			kind: 'team',
			request: {
				name,
				description,
				recipients: checkAddresses(input.recipients, 'Recipients'),
				...(password !== undefined && password !== '' && { password }),
				...(accessLimit !== undefined && { access_limit: accessLimit }),
				...(unlimitedStorage === true && { unlimited_storage: true }),
			},
		};
	}
	const id = await toPortalId(masv, input.portalId);
	const form = optionalText(formDataId);
	return {
		kind: 'portal',
		portalId: id,
		accessCode: await accessCodeFor(masv, n8n, id),
		request: {
			name,
			description,
			sender: toAddress(input.sender, 'Sender'),
			...(form !== undefined && { form_data_id: form }),
		},
	};
}

/** The upload password is sent only to the portal it belongs to, so the portal must be identified first. */
async function accessCodeFor(masv: MasvClient, n8n: IExecuteFunctions, id: string): Promise<string | undefined> {
	const access = await readPortalAccess(n8n);
	if (access === undefined) return undefined;
	const mismatch = (reason: string): MasvInputError =>
		new MasvInputError(`The MASV Portal API credential ${reason}`, {
			code: 'portal_credential_mismatch',
			field: 'Credential for MASV Portal API',
			hint: 'Select the credential for this portal, or correct its Portal URL.',
		});
	if (toBaseUrl(access.baseUrl) !== masv.baseUrl)
		throw mismatch('has a different Base URL than the MASV API credential');
	const found = await findPortalId(masv, access.subdomain);
	if (found === undefined) throw mismatch(`is for the portal "${access.subdomain}", which does not exist`);
	if (found !== id) throw mismatch(`is for the portal "${access.subdomain}", not for the selected portal`);
	return access.accessCode;
}

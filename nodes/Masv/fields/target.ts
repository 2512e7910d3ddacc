import type { IExecuteFunctions } from 'n8n-workflow';

import type { MasvClient } from '../../../masv/client';
import { MasvInputError } from '../../../masv/errors';
import { findPortalAt } from '../../../masv/portals/address';
import { readPortalAccess } from '../connect';
import type { Authentication, InputOf } from '../operation';
import { portalId, toPortalId } from './portalId';
import { optionalText } from '../values/text';
import type { PackageTarget, TeamPackageRequest } from '../../../masv/packages/create';
import { checkAddresses, toAddress } from '../values/address';

/** With the credential of a portal, there is nothing to choose. */
const destination = {
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
	displayOptions: { show: { authentication: ['teamKey'] } },
} as const;

const forPeople = { show: { authentication: ['teamKey'], destination: ['team'] } } as const;
const forOwnPortals = { show: { authentication: ['teamKey'], destination: ['portal'] } } as const;

const sender = {
	displayName: 'Sender',
	name: 'sender',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. anna@example.com',
	description: 'Your email address, shown to the owner of the portal',
} as const;

const packageName = {
	displayName: 'Package Name',
	name: 'packageName',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. Dailies 2026-11-21',
	description: 'Name of the package, shown to the recipients',
} as const;

const recipients = {
	displayName: 'Recipients',
	name: 'recipients',
	type: 'string',
	accepts: 'list',
	default: '',
	placeholder: 'e.g. anna@example.com, ben@example.com',
	description:
		'Comma-separated email addresses. MASV emails them a download link when the package is finalized. Leave empty to send no emails.',
} as const;

/** Name and recipients of a new package for people; see {@link readTeamRequest}. */
export const teamPackageFields = [packageName, recipients] as const;

/** Destination and name of a new package; shared by all operations that create one from files of n8n. */
export const targetFields = [
	destination,
	{ ...portalId, displayOptions: forOwnPortals },
	packageName,
	{ ...recipients, displayOptions: forPeople },
	{ ...sender, displayOptions: forOwnPortals },
	{ ...sender, displayOptions: { show: { authentication: ['portal'] } } },
] as const;

export const createLink = {
	displayName: 'Create Link',
	name: 'createLink',
	type: 'boolean',
	default: true,
	description: 'Whether to create a download link that works for anyone who has it',
	displayOptions: forPeople,
} as const;

const optionForPeople = { show: { '/authentication': ['teamKey'], '/destination': ['team'] } } as const;

const formDataId = {
	displayName: 'Form Response ID',
	name: 'formDataId',
	type: 'string',
	default: '',
	placeholder: 'e.g. 01J0VK7K95A2ACFRW3Z93DJ7B2',
	description: 'ID of the form response, for portals with a form',
} as const;

const downloadLimit = {
	displayName: 'Download Limit',
	name: 'accessLimit',
	type: 'number',
	typeOptions: { minValue: 1 },
	default: 5,
	description: 'Maximum number of downloads per link',
} as const;

const message = {
	displayName: 'Message',
	name: 'message',
	type: 'string',
	typeOptions: { rows: 4 },
	default: '',
	placeholder: 'e.g. The dailies of the second unit',
	description: 'Message to the recipients',
} as const;

const password = {
	displayName: 'Password',
	name: 'password',
	type: 'string',
	typeOptions: { password: true },
	refusesEmpty: true,
	default: '',
	description: 'Password required to download the package, also through its links',
} as const;

const unlimitedStorage = {
	displayName: 'Unlimited Storage',
	name: 'unlimitedStorage',
	type: 'boolean',
	default: false,
	description:
		'Whether to keep the package until it is deleted. MASV charges for storage beyond what your plan includes.',
} as const;

export const unfinished = {
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
} as const;

/** Options of a new package for people; see {@link readTeamRequest}. */
export const teamPackageOptions = [downloadLimit, message, password, unlimitedStorage] as const;

/** Options of a new package. An option that only one destination has is offered only there. */
export const packageOptions = [
	{ ...downloadLimit, displayOptions: optionForPeople },
	{
		...formDataId,
		displayOptions: { show: { '/authentication': ['teamKey'], '/destination': ['portal'] } },
	},
	{ ...formDataId, displayOptions: { show: { '/authentication': ['portal'] } } },
	message,
	{ ...password, displayOptions: optionForPeople },
	{ ...unlimitedStorage, displayOptions: optionForPeople },
] as const;

type TargetInput = InputOf<typeof targetFields> & { options: Partial<InputOf<typeof packageOptions>> };

/** @throws MasvInputError for an address, a credential or an option that cannot be used, or if there is no such portal */
export async function readTarget(
	{ masv, n8n, authentication }: { masv: MasvClient; n8n: IExecuteFunctions; authentication: Authentication },
	input: TargetInput,
): Promise<PackageTarget> {
	if (authentication === 'teamKey' && input.destination === 'team') {
		return { kind: 'team', request: readTeamRequest(input) };
	}
	const { message: description = '', formDataId: formId } = input.options;
	refuseIgnored(input.options);
	const form = optionalText(formId);
	const request = {
		name: input.packageName.trim(),
		description,
		sender: toAddress(input.sender, 'Sender'),
		...(form !== undefined && { form_data_id: form }),
	};
	if (authentication === 'teamKey') {
		return { kind: 'portal', portalId: await toPortalId(masv, input.portalId), accessCode: undefined, request };
	}
	const access = await readPortalAccess(n8n);
	const portal = await findPortalAt(masv, access.portal);
	return { kind: 'portal', portalId: portal.id, portal, accessCode: access.accessCode, request };
}

/** n8n offers options that only packages for people have for portals, too, where an expression decides about the destination. */
function refuseIgnored(options: TargetInput['options']): void {
	const ignored = [downloadLimit, password, unlimitedStorage].find(({ name }) => (options[name] ?? false) !== false);
	if (ignored === undefined) return;
	const { displayName: label } = ignored;
	throw new MasvInputError(`${label} cannot be set for a package in a portal`, {
		code: 'value_malformed',
		field: label,
		hint: `Remove the option ${label}. The settings of a portal apply to all its packages.`,
	});
}

type TeamInput = InputOf<typeof teamPackageFields> & { options: Partial<InputOf<typeof teamPackageOptions>> };

/** The body for a new package for people. @throws MasvInputError for an address that cannot be used */
export function readTeamRequest(input: TeamInput): TeamPackageRequest {
	const {
		message: description = '',
		accessLimit,
		password: downloadPassword,
		unlimitedStorage: isUnlimited,
	} = input.options;
	return {
		name: input.packageName.trim(),
		description,
		recipients: checkAddresses(input.recipients, 'Recipients'),
		...(downloadPassword !== undefined && { password: downloadPassword }),
		...(accessLimit !== undefined && { access_limit: accessLimit }),
		...(isUnlimited === true && { unlimited_storage: true }),
	};
}

import type { IExecuteFunctions } from 'n8n-workflow';

import { MasvInputError } from '../../masv/errors';
import type { Authentication, Field, Operation } from './operation';

/**
 * What the node shows to MASV. The first field, and the only one that decides which credential is asked for, so that n8n
 * shows the credential beside it. n8n's editor hides a field of this name, and chooses by the credential instead, unless one of
 * the values is `none`: a link needs no credential.
 */
export const authentication = {
	displayName: 'Authentication',
	name: 'authentication',
	type: 'options',
	noDataExpression: true,
	options: [
		{ name: 'Link', value: 'none', description: 'Receive the files of a download link. Needs no MASV account.' },
		{
			name: 'Portal',
			value: 'portal',
			description: 'Send files to a portal, your own or that of someone else. Needs no MASV account.',
		},
		{ name: 'Team Key', value: 'teamKey', description: 'Use the API key of a MASV team, for everything else' },
	],
	default: 'teamKey',
	description: 'How to sign in to MASV',
} as const satisfies Field;

/** What an operation works with. Those that do not say otherwise are for teams. */
export function authenticationsOf({ authentications }: Pick<Operation, 'authentications'>): readonly Authentication[] {
	return authentications ?? ['teamKey'];
}

/**
 * The choice of the user, the same for all items.
 * @throws MasvInputError if the operation does not work with it
 */
export function readAuthentication(
	n8n: Pick<IExecuteFunctions, 'getNodeParameter'>,
	operation: Pick<Operation, 'name' | 'authentications'>,
): Authentication {
	const authentications = authenticationsOf(operation);
	const chosen = n8n.getNodeParameter(authentication.name, 0, authentication.default) as Authentication;
	if (authentications.includes(chosen)) return chosen;
	throw new MasvInputError(`${operation.name} does not work with Authentication "${labelOf(chosen)}"`, {
		code: 'authentication_unsupported',
		field: authentication.displayName,
		hint: `Set Authentication to ${authentications.map(labelOf).join(' or ')}.`,
	});
}

function labelOf(value: Authentication): string {
	return authentication.options.find((option) => option.value === value)?.name ?? value;
}

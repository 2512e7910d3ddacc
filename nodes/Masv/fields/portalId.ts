import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import type { MasvClient } from '../../../masv/client';
import { MasvInputError } from '../../../masv/errors';
import { maxPageRecords, take } from '../../../masv/pages';
import { findPortalId } from '../../../masv/portals/findPortalId';
import { readPortals } from '../../../masv/portals/portals';
import { noRetry } from '../../../masv/retry';
import type { Portal } from '../../../masv/schemas';
import { forPicker } from '../connect';
import { toResults } from './pickerResults';

export const portalId = {
	displayName: 'Portal',
	name: 'portalId',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	required: true,
	description: 'The portal to use',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchPortals', searchable: true },
		},
		{ displayName: 'By ID', name: 'id', type: 'string', placeholder: 'e.g. 01CTDNW11G67NKHQW5JE8TP2TJ' },
		{
			displayName: 'By URL',
			name: 'url',
			type: 'string',
			placeholder: 'e.g. https://second-unit.portal.massive.io',
		},
	],
	listSearch: searchPortals,
} as const;

/** The portals of the team, sorted by name. MASV matches names by substring. */
async function searchPortals(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	const query = { sort: 'name', name: filter === '' ? undefined : filter };
	const portals = await forPicker(this, async (masv) => await take(readPortals(masv, query, noRetry), maxPageRecords));
	return { results: toPortalResults(portals) };
}

/** The choices of a picker for portals, in this order. */
export function toPortalResults(portals: readonly Portal[]): INodeListSearchResult['results'] {
	return toResults(
		portals.map(({ id, name, subdomain, active }) => ({
			id,
			name: (name ?? '').trim() === '' ? subdomain : name,
			facts: active === false ? ['inactive'] : [],
			url: subdomain !== undefined && hostLabel.test(subdomain) ? `https://${subdomain}.portal.massive.io/` : undefined,
		})),
	);
}

/** n8n opens the URL: with a slash in it, a subdomain would lead to another host. */
const hostLabel = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i;

/** The ID of the portal in the field, which may contain its URL instead; undefined if there is no portal at this URL. */
export async function findPortalIn(masv: MasvClient, idOrUrl: string): Promise<string | undefined> {
	// No ID contains a dot or a slash.
	return /[./]/.test(idOrUrl) ? await findPortalId(masv, idOrUrl) : idOrUrl;
}

/** The same. @throws MasvInputError if there is no portal at this URL */
export async function toPortalId(masv: MasvClient, idOrUrl: string): Promise<string> {
	const found = await findPortalIn(masv, idOrUrl);
	if (found !== undefined) return found;
	// The query of a download link, entered by mistake, contains a secret.
	throw new MasvInputError(`There is no portal at "${idOrUrl.split(/[?#]/, 1).join('')}"`, {
		code: 'portal_address_unknown',
		field: 'portal',
		hint: 'Enter its URL as it is in the browser, such as https://second-unit.portal.massive.io, or select the portal from the list.',
	});
}

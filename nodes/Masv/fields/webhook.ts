import { MasvInputError } from '../../../masv/errors';

/** The settings of a webhook, for creating and changing one. */

export const webhookUrl = {
	displayName: 'URL',
	name: 'url',
	type: 'string',
	default: '',
	placeholder: 'e.g. https://example.com/masv',
	description: 'Where MASV sends the events',
} as const;

export const webhookEvents = {
	displayName: 'Events',
	name: 'events',
	type: 'string',
	accepts: 'list',
	default: '',
	placeholder: 'e.g. package.created, package.finalized',
	description: 'Comma-separated names of events. MASV documents package.created and package.finalized.',
} as const;

export const webhookMethod = {
	displayName: 'Method',
	name: 'method',
	type: 'options',
	options: [
		{ name: 'POST', value: 'POST' },
		{ name: 'PUT', value: 'PUT' },
	],
	default: 'POST',
	description: 'HTTP method of the requests that MASV sends',
} as const;

export const webhookHeaders = {
	displayName: 'Headers',
	name: 'headers',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add header',
	default: {},
	description: 'Headers that MASV sends with every event, such as a secret by which the receiver recognizes MASV',
	options: [
		{
			name: 'entries',
			displayName: 'Header',
			values: [
				{
					displayName: 'Header Name',
					name: 'name',
					type: 'string',
					default: '',
					required: true,
					placeholder: 'e.g. x-masv-secret',
				},
				{
					displayName: 'Header Value',
					name: 'value',
					type: 'string',
					typeOptions: { password: true },
					default: '',
					placeholder: 'e.g. a long random text',
				},
			],
		},
	],
} as const;

export const webhookBodyExtras = {
	displayName: 'Extra Body Fields',
	name: 'bodyExtras',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add field',
	default: {},
	description: 'Fields that MASV adds to the body of every event',
	options: [
		{
			name: 'entries',
			displayName: 'Field',
			values: [
				{
					displayName: 'Field Name',
					name: 'name',
					type: 'string',
					default: '',
					required: true,
					placeholder: 'e.g. project',
				},
				{
					displayName: 'Field Value',
					name: 'value',
					type: 'string',
					default: '',
					placeholder: 'e.g. second-unit',
				},
			],
		},
	],
} as const;

/** Named entries as an object. The last of the same name counts. */
export function toEntryMap(entries: ReadonlyArray<{ name: string; value: string }>): Record<string, string> {
	return Object.fromEntries(entries.map(({ name, value }) => [name.trim(), value]));
}

/** @throws MasvInputError for anything but an absolute HTTP or HTTPS URL */
export function toWebhookUrl(text: string): string {
	const url = text.trim();
	if (URL.canParse(url) && /^https?:\/\//i.test(url)) return url;
	throw new MasvInputError('URL must be an HTTP or HTTPS URL', {
		code: 'value_malformed',
		field: 'URL',
		hint: 'Enter the whole URL, such as https://example.com/masv.',
	});
}

import { escapeUrl } from './escapeUrl';
import { MasvInputError } from './errors';

/**
 * Template tag for a URL path. Every inserted value is escaped, so that an ID from an item cannot lead to another route.
 * Empty values, `.` and `..` are refused, because escaping does not change them.
 * @throws MasvInputError
 */
export function path(parts: TemplateStringsArray, ...values: string[]): string {
	return parts.reduce((whole, part, index) => whole + escapeSegment(values[index - 1] ?? '') + part);
}

function escapeSegment(value: string): string {
	if (value.trim() === '') {
		throw new MasvInputError('An ID is empty', {
			code: 'id_missing',
			field: 'id',
			hint: 'Check where the ID comes from: nothing was returned there.',
		});
	}
	if (value === '.' || value === '..' || /[\u0000-\u001f]/.test(value)) {
		throw new MasvInputError(`"${value}" is not a valid ID`, {
			code: 'id_malformed',
			field: 'id',
			hint: 'IDs look like 01J0VK7K95A2ACFRW3Z93DJ7B2.',
		});
	}
	return escapeUrl(value);
}

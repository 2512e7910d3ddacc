import { MasvInputError } from '../../../masv/errors';
import { toList } from './list';

/**
 * Email addresses. Rejects only what cannot be an address; MASV validates the rest.
 * @throws MasvInputError that names the entry
 */
export function toAddresses(value: unknown, field: string): string[] {
	const addresses = toList(value);
	const invalid = addresses.find((address) => !/^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>".]+$/.test(address));
	if (invalid === undefined) return addresses;
	throw new MasvInputError(`"${invalid}" is not an email address`, {
		code: 'value_malformed',
		field,
		hint: 'Enter comma-separated addresses such as name@example.com.',
	});
}

/** Exactly one email address. @throws MasvInputError */
export function toAddress(value: unknown, field: string): string {
	const [address, ...more] = toAddresses(value, field);
	if (address !== undefined && more.length === 0) return address;
	throw new MasvInputError(address === undefined ? `${field} is empty` : `${field} contains more than one address`, {
		code: address === undefined ? 'value_missing' : 'value_malformed',
		field,
		hint: 'Enter one address such as name@example.com.',
	});
}

import { MasvInputError } from '../../../masv/errors';
import { toList } from './list';
import { emptyRefusal } from './refusal';

const several = 'Enter comma-separated addresses such as name@example.com.';
const single = 'Enter one address such as name@example.com.';

/**
 * Checks email addresses. Rejects only what cannot be an address; MASV validates the rest.
 * @throws MasvInputError that names the entry
 */
export function checkAddresses(addresses: string[], field: string, hint = several): string[] {
	const invalid = addresses.find((address) => !/^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>".]+$/.test(address));
	if (invalid === undefined) return addresses;
	throw new MasvInputError(`"${invalid}" is not an email address`, {
		code: 'value_malformed',
		field,
		hint,
	});
}

/** Exactly one email address. @throws MasvInputError */
export function toAddress(value: string, field: string): string {
	const [address, ...more] = checkAddresses(toList(value, field), field, single);
	if (address === undefined) throw emptyRefusal(field, single);
	if (more.length === 0) return address;
	throw new MasvInputError(`${field} contains more than one address`, { code: 'value_malformed', field, hint: single });
}

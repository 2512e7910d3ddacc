import type { MasvInputError } from '../../../masv/errors';
import { checkAddresses, toAddress } from '../../../nodes/Masv/values/address';
import { failureOf } from '../../support/failureOf';

describe('checkAddresses and toAddress', () => {
	it('accept valid addresses', () => {
		const addresses = ['anna@example.com', 'ben+x@sub.example.co', 'jürgen@example.com'];
		expect(checkAddresses(addresses, 'To')).toEqual(addresses);
		expect(checkAddresses([], 'To')).toEqual([]);
		expect(toAddress(' anna@example.com ', 'From')).toBe('anna@example.com');
	});

	it.each([
		'ben',
		'ben@',
		'@example.com',
		'ben@example',
		'Ben <ben@example.com>',
		'a b@example.com',
		'a@b@c.d',
		'ben@example.',
	])('reject %j and name it', (wrong) =>
		expect(() => checkAddresses(['anna@example.com', wrong], 'To')).toThrow(`"${wrong}" is not an email address`),
	);

	it('reject none or several addresses where one is required', () => {
		expect(() => toAddress(' ', 'From')).toThrow('From is empty');
		expect(() => toAddress('a@b.cd, e@f.gh', 'From')).toThrow('From contains more than one address');
	});

	it.each(['ben', ' ', 'a@b.cd, e@f.gh'])(
		'advise to enter one address where one is required, not a list: %j',
		async (text) => {
			const { hint } = await failureOf<MasvInputError>(Promise.resolve().then(() => toAddress(text, 'From')));
			expect(hint).toBe('Enter one address such as name@example.com.');
		},
	);
});

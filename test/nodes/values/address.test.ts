import { checkAddresses, toAddress } from '../../../nodes/Masv/values/address';

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
});

import { toAddress, toAddresses } from '../../../nodes/Masv/values/address';

describe('toAddresses and toAddress', () => {
	it('accept valid addresses', () => {
		expect(toAddresses('anna@example.com; ben+x@sub.example.co, jürgen@example.com', 'To')).toHaveLength(3);
		expect(toAddresses('', 'To')).toEqual([]);
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
		expect(() => toAddresses(['anna@example.com', wrong], 'To')).toThrow(`"${wrong}" is not an email address`),
	);

	it('reject none or several addresses where one is required', () => {
		expect(() => toAddress(' ', 'From')).toThrow('From is empty');
		expect(() => toAddress('a@b.cd, e@f.gh', 'From')).toThrow('From contains more than one address');
	});
});

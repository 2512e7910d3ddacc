import { MasvInputError } from '../../../masv/errors';
import { toSubdomain } from '../../../nodes/Masv/connect';
import {
	optionalIsoDate,
	optionalList,
	optionalText,
	requiredText,
	toAddress,
	toAddresses,
	toIsoDate,
	toList,
} from '../../../nodes/Masv/fields/texts';

describe('optionalText and requiredText', () => {
	it('trim, and tell empty from missing', () => {
		expect([optionalText(' a '), optionalText(' '), optionalText(undefined)]).toEqual(['a', undefined, undefined]);
		expect(requiredText(' a ', 'Name', 'Write one')).toBe('a');
		expect(() => requiredText(' ', 'Name', 'Write one')).toThrow('Name is empty');
		expect(() => requiredText(7 as unknown as string, 'Name', 'Write one')).toThrow(MasvInputError);
	});
});

describe('toList', () => {
	it.each<[unknown, string[]]>([
		['a, b;c\nd\r\n e ,, ', ['a', 'b', 'c', 'd', 'e']],
		[
			['a', 'b, c', 7, null],
			['a', 'b', 'c', '7'],
		],
		['', []],
		[undefined, []],
	])('makes a list of %j', (value, list) => {
		expect(toList(value)).toEqual(list);
		expect(optionalList(value)).toEqual(list.length === 0 ? undefined : list);
	});
});

describe('toAddresses and toAddress', () => {
	it('take addresses as MASV will see them', () => {
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
	])('refuse %j by name', (wrong) =>
		expect(() => toAddresses(['anna@example.com', wrong], 'To')).toThrow(`"${wrong}" is not an email address`),
	);

	it('refuse none and several where one is wanted', () => {
		expect(() => toAddress(' ', 'From')).toThrow('From is empty');
		expect(() => toAddress('a@b.cd, e@f.gh', 'From')).toThrow('From holds more than one address');
	});
});

describe('toIsoDate', () => {
	const iso = '2026-01-02T03:04:05.000Z';

	it.each<[unknown]>([
		[iso],
		['2026-01-02T05:04:05+02:00'],
		[Date.parse(iso)],
		[new Date(iso)],
		[{ toString: () => iso }],
	])('understands %s', (value) => expect(toIsoDate(value, 'When')).toBe(iso));

	it.each<[unknown, string]>([
		['', 'When is empty'],
		[undefined, 'When is empty'],
		['soon', '"soon" is not a date'],
	])('refuses %j', (value, message) => expect(() => toIsoDate(value, 'When')).toThrow(message));

	it.each(['', undefined, null])('may be left empty (%j) where it is optional', (value) => {
		expect(optionalIsoDate(value, 'When')).toBeUndefined();
	});
});

describe('toSubdomain', () => {
	it.each([
		'https://Unit.portal.massive.io/embed?a',
		'unit.portal.massive.io:443',
		' UNIT ',
		'HTTPS://unit.portal.massive.io',
	])('takes the portal out of %j', (portal) => expect(toSubdomain(portal)).toBe('unit'));
});

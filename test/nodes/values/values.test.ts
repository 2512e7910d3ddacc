import { MasvInputError } from '../../../masv/errors';
import { toSubdomain } from '../../../nodes/Masv/connect';
import { optionalText, requiredText } from '../../../nodes/Masv/values/text';
import { optionalList, toList } from '../../../nodes/Masv/values/list';
import { toAddress, toAddresses } from '../../../nodes/Masv/values/address';
import { optionalIsoDate, toIsoDate } from '../../../nodes/Masv/values/date';

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

const inZone = (zone: string) => ({ getTimezone: () => zone });

describe('toIsoDate', () => {
	const iso = '2026-01-02T03:04:05.000Z';

	it.each<[unknown]>([
		[iso],
		['2026-01-02T05:04:05+02:00'],
		[Date.parse(iso)],
		[new Date(iso)],
		[{ toString: () => iso }],
	])('understands %s', (value) => expect(toIsoDate(value, 'When', inZone('Europe/Berlin'))).toBe(iso));

	it.each<[unknown, string]>([
		['', 'When is empty'],
		[undefined, 'When is empty'],
		['soon', '"soon" is not a date'],
		['2026-13-01', '"2026-13-01" is not a date'],
	])('refuses %j', (value, message) =>
		expect(() => toIsoDate(value, 'When', inZone('Europe/Berlin'))).toThrow(message),
	);

	it.each(['', undefined, null])('may be left empty (%j) where it is optional', (value) => {
		expect(optionalIsoDate(value, 'When', inZone('UTC'))).toBeUndefined();
	});

	it.each([
		['UTC', '2026-01-02T03:04:05', '2026-01-02T03:04:05.000Z'],
		['UTC', '2026-01-02', '2026-01-02T00:00:00.000Z'],
		['Europe/Berlin', '2026-01-02T03:04:05', '2026-01-02T02:04:05.000Z'],
		['Europe/Berlin', '2026-07-02 03:04', '2026-07-02T01:04:00.000Z'],
		['Europe/Berlin', '2026-07-02', '2026-07-01T22:00:00.000Z'],
		['Europe/Berlin', '2026-07-02T03:04:05.678', '2026-07-02T01:04:05.678Z'],
		['America/New_York', '2026-01-02T23:00:00', '2026-01-03T04:00:00.000Z'],
		['Asia/Kolkata', '2026-01-02T03:00:00', '2026-01-01T21:30:00.000Z'],
		['Pacific/Auckland', '2026-01-02T03:00:00', '2026-01-01T14:00:00.000Z'],
		// Forward: on the day of the change, what is left out, and both ends of it.
		['Europe/Berlin', '2026-03-29T00:00:00', '2026-03-28T23:00:00.000Z'],
		['Europe/Berlin', '2026-03-29T01:59:59', '2026-03-29T00:59:59.000Z'],
		['Europe/Berlin', '2026-03-29T02:30:00', '2026-03-29T01:30:00.000Z'],
		['Europe/Berlin', '2026-03-29T03:00:00', '2026-03-29T01:00:00.000Z'],
		['Europe/Berlin', '2026-03-30T00:00:00', '2026-03-29T22:00:00.000Z'],
		// Back: what comes twice, and both ends of it.
		['Europe/Berlin', '2026-10-25T01:59:59', '2026-10-24T23:59:59.000Z'],
		['Europe/Berlin', '2026-10-25T02:30:00', '2026-10-25T00:30:00.000Z'],
		['Europe/Berlin', '2026-10-25T03:00:00', '2026-10-25T02:00:00.000Z'],
		['America/New_York', '2026-03-08T02:30:00', '2026-03-08T07:30:00.000Z'],
		['America/New_York', '2026-03-08T03:00:00', '2026-03-08T07:00:00.000Z'],
		['America/New_York', '2026-11-01T01:30:00', '2026-11-01T05:30:00.000Z'],
		['America/New_York', '2026-11-01T02:00:00', '2026-11-01T07:00:00.000Z'],
		// By half an hour.
		['Australia/Lord_Howe', '2026-10-04T02:15:00', '2026-10-03T15:45:00.000Z'],
		['Australia/Lord_Howe', '2026-10-04T02:30:00', '2026-10-03T15:30:00.000Z'],
	])('reads what the clocks of %s show at %s', (zone, value, moment) => {
		expect(toIsoDate(value, 'When', inZone(zone))).toBe(moment);
	});

	it('reads it in the zone of the process where n8n names none', () => {
		const value = '2026-07-02T03:04:05';
		expect(toIsoDate(value, 'When', inZone('DEFAULT'))).toBe(new Date(value).toISOString());
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

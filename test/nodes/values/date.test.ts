import { DateTime } from 'luxon';

import { toIsoDate } from '../../../nodes/Masv/values/date';

const inZone = (zone: string) => ({ getTimezone: () => zone });

describe('toIsoDate', () => {
	const iso = '2026-01-02T03:04:05.000Z';

	it.each<[unknown]>([
		[iso],
		['2026-01-02T05:04:05+02:00'],
		['2026-01-02 05:04:05 +0200'],
		['2026-01-02T04:04:05,000+01'],
		['2026-01-01T22:04:05-05:00'],
		['2026-01-01T23:34:05-0330'],
		['2026-01-02T03:04:05 UTC'],
		[' 2026-01-02T04:04:05 '],
		['2026/01/02 04:04:05'],
		['2026-1-2 4:04:05 am'],
		['Fri, 02 Jan 2026 03:04:05 GMT'],
		['Fri Jan 02 2026 04:04:05 GMT+0100 (Central European Standard Time)'],
		['2 January 2026, 04:04:05'],
		['Jan 2, 2026 4:04:05 AM'],
		[Date.parse(iso)],
		[Date.parse(iso) / 1000],
		[String(Date.parse(iso) / 1000)],
		[new Date(iso)],
		[DateTime.fromISO(iso, { zone: 'Asia/Kolkata' })],
	])('understands %s', (value) => expect(toIsoDate(value, 'When', inZone('Europe/Berlin'))).toBe(iso));

	it.each<[unknown, string]>([
		[20260102, '2026-01-01T23:00:00.000Z'],
		['20260102', '2026-01-01T23:00:00.000Z'],
		['2026-01', '2025-12-31T23:00:00.000Z'],
		['2024-02-29', '2024-02-28T23:00:00.000Z'],
		['2026-01-02T24:00', '2026-01-02T23:00:00.000Z'],
		['Jan 2, 2026 12:30 PM', '2026-01-02T11:30:00.000Z'],
		[1_767_323_045.5, '2026-01-02T03:04:05.500Z'],
	])('reads %j in the time zone of the workflow', (value, moment) => {
		expect(toIsoDate(value, 'When', inZone('Europe/Berlin'))).toBe(moment);
	});

	it('names a time zone that does not exist, and where to change it', () => {
		expect(() => toIsoDate('2026-01-02', 'When', inZone('Mars/Base'))).toThrow('There is no time zone "Mars/Base"');
		expect(toIsoDate('2026-01-02T03:04:05Z', 'When', inZone('Mars/Base'))).toBe(iso);
	});

	it.each<[unknown, string]>([
		['soon', '"soon" is not a date'],
		['2026-13-01', '"2026-13-01" is not a date'],
		['2026-02-30', '"2026-02-30" is not a date'],
		['2025-02-29T10:00:00Z', '"2025-02-29T10:00:00Z" is not a date'],
		['30 Feb 2026', '"30 Feb 2026" is not a date'],
		['2026-01-02T25:00', '"2026-01-02T25:00" is not a date'],
		['2026-01-02T10:60', '"2026-01-02T10:60" is not a date'],
		['2026-01-02T10:00+99:00', '"2026-01-02T10:00+99:00" is not a date'],
		['2026-01-02T10:00+18:01', '"2026-01-02T10:00+18:01" is not a date'],
		['2026-01-02T10:00+05:60', '"2026-01-02T10:00+05:60" is not a date'],
		['Jan 2, 2026 0:30 PM', '"Jan 2, 2026 0:30 PM" is not a date'],
		['Jan 2, 2026 13:30 PM', '"Jan 2, 2026 13:30 PM" is not a date'],
		['9999-12-31T23:59:59-01:00', '"9999-12-31T23:59:59-01:00" is not a date'],
		['0000-01-01T00:00+01:00', '"0000-01-01T00:00+01:00" is not a date'],
		[new Date(8.64e15), 'When must be a date until the year 9999, not a date'],
		['01/02/2026', '"01/02/2026" is not a date'],
		['2026', '"2026" is not a date'],
		['2026-01-02 EST', '"2026-01-02 EST" is not a date'],
		[46_024, 'When must be a date, not 46024'],
		[0, 'When must be a date, not 0'],
		[-1, 'When must be a date, not -1'],
		[NaN, 'When must be a date, not NaN'],
		[1e16, 'When must be a date, not 10000000000000000'],
		[true, 'When must be a date, not true'],
		[['2026-01-02'], 'When must be a date, not a list'],
		[{ toString: () => iso }, 'When must be a date, not an object'],
		[new Date(NaN), 'When must be a date, not an invalid date'],
		[DateTime.invalid('no'), 'When must be a date, not an invalid date'],
	])('rejects %s by name', (value, message) =>
		expect(() => toIsoDate(value, 'When', inZone('Europe/Berlin'))).toThrow(message),
	);

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
		// Clocks set forward: before, within and after the skipped hour.
		['Europe/Berlin', '2026-03-29T00:00:00', '2026-03-28T23:00:00.000Z'],
		['Europe/Berlin', '2026-03-29T01:59:59', '2026-03-29T00:59:59.000Z'],
		['Europe/Berlin', '2026-03-29T02:30:00', '2026-03-29T01:30:00.000Z'],
		['Europe/Berlin', '2026-03-29T03:00:00', '2026-03-29T01:00:00.000Z'],
		['Europe/Berlin', '2026-03-30T00:00:00', '2026-03-29T22:00:00.000Z'],
		// Clocks set back: before, within and after the repeated hour.
		['Europe/Berlin', '2026-10-25T01:59:59', '2026-10-24T23:59:59.000Z'],
		['Europe/Berlin', '2026-10-25T02:30:00', '2026-10-25T00:30:00.000Z'],
		['Europe/Berlin', '2026-10-25T03:00:00', '2026-10-25T02:00:00.000Z'],
		['America/New_York', '2026-03-08T02:30:00', '2026-03-08T07:30:00.000Z'],
		['America/New_York', '2026-03-08T03:00:00', '2026-03-08T07:00:00.000Z'],
		['America/New_York', '2026-11-01T01:30:00', '2026-11-01T05:30:00.000Z'],
		['America/New_York', '2026-11-01T02:00:00', '2026-11-01T07:00:00.000Z'],
		// A change of half an hour.
		['Australia/Lord_Howe', '2026-10-04T02:15:00', '2026-10-03T15:45:00.000Z'],
		['Australia/Lord_Howe', '2026-10-04T02:30:00', '2026-10-03T15:30:00.000Z'],
	])('reads the wall-clock time of %s: %s', (zone, value, moment) => {
		expect(toIsoDate(value, 'When', inZone(zone))).toBe(moment);
	});

	it('uses the time zone of the process if n8n has none', () => {
		const value = '2026-07-02T03:04:05';
		expect(toIsoDate(value, 'When', inZone('DEFAULT'))).toBe(new Date(value).toISOString());
	});
});

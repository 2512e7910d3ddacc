import { optionalIsoDate, toIsoDate } from '../../../nodes/Masv/values/date';

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
	])('rejects %j', (value, message) =>
		expect(() => toIsoDate(value, 'When', inZone('Europe/Berlin'))).toThrow(message),
	);

	it.each(['', undefined, null])('can be empty (%j) if it is optional', (value) => {
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

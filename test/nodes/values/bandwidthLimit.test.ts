import { toBandwidthLimit } from '../../../nodes/Masv/values/bandwidthLimit';

const mebibyte = 1024 * 1024;

/** In MiB per second. @param at in UTC */
function limitAt(text: string, at: string, zone = 'UTC'): number | undefined {
	const rate = toBandwidthLimit(text, 'Bandwidth Limit', zone)(Date.parse(at));
	return rate === undefined ? undefined : rate / mebibyte;
}

// 2026-11-23 is a Monday.
const monday = '2026-11-23';
const saturday = '2026-11-28';
const sunday = '2026-11-29';

describe('a bandwidth limit', () => {
	it.each(['20', ' 20 ', '20.0', '20 MiB/s', '20 mib', '20;', 'else 20'])('is 20 MiB/s at any time: "%s"', (text) => {
		expect(limitAt(text, `${monday}T00:00Z`)).toBe(20);
		expect(limitAt(text, `${sunday}T23:59Z`)).toBe(20);
	});

	it.each(['none', 'off', 'Unlimited', 'else none'])('may be none: "%s"', (text) => {
		expect(limitAt(text, `${monday}T12:00Z`)).toBeUndefined();
	});

	it.each([
		[`${monday}T07:59:59Z`, undefined],
		[`${monday}T08:00Z`, 5],
		[`${monday}T18:59:59Z`, 5],
		[`${monday}T19:00Z`, undefined],
		[`${saturday}T12:00Z`, 2.5],
		[`${saturday}T00:00Z`, 2.5],
		[`${sunday}T12:00Z`, undefined],
	])('follows a timetable: at %s it is %s', (at, expected) => {
		expect(limitAt('Mon-Fri 08:00-19:00 5; Sat 2.5; else none', at)).toBe(expected);
		expect(limitAt('monday-FRIDAY 8-19 5 MiB/s\nsaturday 2.5', at)).toBe(expected);
	});

	it('takes the first entry that applies', () => {
		const text = 'Mon 12:00-13:00 1; Mon-Sun 08:00-18:00 2; else 3';
		expect(limitAt(text, `${monday}T12:30Z`)).toBe(1);
		expect(limitAt(text, `${monday}T13:00Z`)).toBe(2);
		expect(limitAt(text, `${monday}T18:00Z`)).toBe(3);
	});

	it('goes on after midnight, on the day after its own', () => {
		const text = 'Fri,Sat 22:00-6:00 9; else 1';
		expect(limitAt(text, `${saturday}T05:59Z`)).toBe(9);
		expect(limitAt(text, `${sunday}T05:59Z`)).toBe(9);
		expect(limitAt(text, `${sunday}T06:00Z`)).toBe(1);
		expect(limitAt(text, `${sunday}T22:00Z`)).toBe(1);
		expect(limitAt(text, '2026-11-27T05:59Z')).toBe(1);
	});

	it('may span the weekend, and a time may end at midnight', () => {
		expect(limitAt('Sat-Mon 20:00-24:00 4; else 1', `${sunday}T23:59Z`)).toBe(4);
		expect(limitAt('Sat-Mon 20:00-24:00 4; else 1', `${monday}T20:00Z`)).toBe(4);
		expect(limitAt('Sat-Mon 20:00-24:00 4; else 1', '2026-11-24T20:00Z')).toBe(1);
	});

	it("uses the workflow's time zone, and follows its clocks", () => {
		const text = '08:00-19:00 5; else none';
		expect(limitAt(text, '2026-07-01T06:00Z', 'Europe/Berlin')).toBe(5);
		expect(limitAt(text, '2026-07-01T05:59Z', 'Europe/Berlin')).toBeUndefined();
		expect(limitAt(text, '2026-12-01T06:59Z', 'Europe/Berlin')).toBeUndefined();
		expect(limitAt(text, '2026-12-01T07:00Z', 'Europe/Berlin')).toBe(5);
		expect(limitAt('Mon 1; else 2', '2026-11-22T23:00Z', 'Europe/Berlin')).toBe(1);
	});

	it('changes with the minute', () => {
		const rateAt = toBandwidthLimit('08:00-09:00 5; else 1', 'Bandwidth Limit', 'UTC');
		expect(rateAt(Date.parse(`${monday}T08:59:59.999Z`))).toBe(5 * mebibyte);
		expect(rateAt(Date.parse(`${monday}T09:00Z`))).toBe(mebibyte);
	});

	it.each([
		['fast', 'Bandwidth Limit must be a number of MiB per second or a timetable, not "fast"'],
		['20 Mbit/s', 'not "20 Mbit/s"'],
		['20,5', 'not "20,5"'],
		['-5', 'not "-5"'],
		['1e3', 'not "1e3"'],
		[';', 'not ";"'],
		['0', 'must be at least 0.1 MiB per second, not "0"'],
		['Mon 0.05', 'must be at least 0.1 MiB per second'],
		['Mo 5', '"mo" is no day'],
		['Mon-Tue-Wed 5', 'must be a number of MiB per second or a timetable'],
		['Mon, 5', '"" is no day'],
		['Holiday 5', '"holiday" is no day'],
		['08:00-08:00 5', '"08:00-08:00" is no time'],
		['08:60-09:00 5', '"08:60-09:00" is no time'],
		['24:00-25:00 5', '"24:00-25:00" is no time'],
		['08:00-19:00-20:00 5', 'not "08:00-19:00-20:00 5"'],
		['Mon 08:00-19:00', 'not "Mon 08:00-19:00"'],
		['20; Mon 5', 'What follows "20" would never apply'],
		['else none; Mon 5', 'What follows "else none" would never apply'],
	])('refuses "%s"', (text, message) => {
		const refused = (() => {
			try {
				toBandwidthLimit(text, 'Bandwidth Limit', 'UTC');
			} catch (error) {
				return error as Error & { hint?: string; code: string };
			}
			return undefined;
		})();
		expect(refused?.code).toBe('value_malformed');
		expect(`${refused?.message} ${refused?.hint}`).toContain(message);
	});

	it('names a time zone that does not exist', () => {
		expect(() => toBandwidthLimit('20', 'Bandwidth Limit', 'Mars/Base')).toThrow('There is no time zone "Mars/Base"');
	});
});

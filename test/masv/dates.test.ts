import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { isWithin, parseDate, toSendable, toTime } from '../../masv/dates';

describe('a date from MASV', () => {
	it.each(['2026-11-21T10:00:00Z', '2026-11-21T05:00:00.000-05:00'])('is read in its own time zone: %s', (date) => {
		expect([parseDate(date), toTime(date)]).toEqual(Array(2).fill(Date.UTC(2026, 10, 21, 10)));
	});

	it('is in UTC if it has no time zone, wherever n8n runs', () => {
		const source = join(__dirname, '../../masv/dates.ts');
		const program = `import { parseDate } from ${JSON.stringify(source)}; console.log(parseDate('2026-11-21T10:00:00.5'));`;
		const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
			env: { ...process.env, TZ: 'America/New_York', NODE_NO_WARNINGS: '1' },
			encoding: 'utf8',
		});
		expect(Number(output)).toBe(Date.UTC(2026, 10, 21, 10) + 500);
	});

	it.each([undefined, '', 'soon', '0001-01-01T00:00:00.000Z'])('may be missing: %s', (date) => {
		expect(toTime(date)).toBeUndefined();
	});

	it('is compared with a range, ends included', () => {
		const [start, end] = ['2026-11-21T00:00:00Z', '2026-11-22T00:00:00Z'];
		expect([start, end].every((date) => isWithin(date, start, end))).toBe(true);
		expect([isWithin('2026-11-22T00:00:01', start, end), isWithin(undefined, start, end)]).toEqual([false, false]);
	});
});

describe('the modification time of a file', () => {
	it.each([
		[Date.UTC(2026, 10, 21), '2026-11-21T00:00:00.000Z'],
		[8.64e15, '9999-12-31T23:59:59.999Z'],
		[-8.64e15, '0000-01-01T00:00:00.000Z'],
		[Number.NaN, '0001-01-01T00:00:00.000Z'],
	])('is sent as a date that RFC 3339 can write: %d', (ms, date) => {
		expect(new Date(toSendable(ms)).toISOString()).toBe(date);
	});
});

import { MasvInputError } from '../../../masv/errors';

/** The part of n8n that provides the time zone of the workflow. */
export interface Zoned {
	getTimezone(): string;
}

const dayMs = 24 * 3_600_000;

/**
 * The moment at which clocks in the time zone of the workflow show this time, in milliseconds. A time that occurs twice (clocks
 * set back) is its first occurrence; a skipped time (clocks set forward) is moved later by the length of the gap.
 * @param shown the time on the clocks, as if it were in UTC
 */
export function wallTimeToMs(shown: number, n8n: Zoned): number {
	const zone = n8n.getTimezone();
	// Clocks do not change twice within two days, so one of these offsets is the right one.
	const before = shown - offsetAt(shown - dayMs, zone);
	const after = shown - offsetAt(shown + dayMs, zone);
	return [before, after].find((at) => at + offsetAt(at, zone) === shown) ?? before;
}

/** The calendar day in the time zone of the workflow, as `2026-11-21`. */
export function dayOf(at: number, n8n: Zoned): string {
	// Swedish dates have that form.
	return new Intl.DateTimeFormat('sv-SE', { timeZone: toTimeZone(n8n.getTimezone()) }).format(at);
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** What clocks show: the day of the week, from 0 (Sunday), and the minute of the day. */
export interface WeekTime {
	day: number;
	minute: number;
}

/**
 * @param zone time zone of a workflow
 * @returns what clocks there show at a moment
 * @throws MasvInputError if there is no such zone
 */
export function weekTimeIn(zone: string): (at: number) => WeekTime {
	const format = new Intl.DateTimeFormat('en-US', {
		timeZone: toTimeZone(zone),
		weekday: 'short',
		hour: 'numeric',
		minute: 'numeric',
		hourCycle: 'h23',
	});
	return (at) => {
		const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
		const minute = Number(parts.get('hour')) * 60 + Number(parts.get('minute'));
		return { day: weekdays.indexOf(parts.get('weekday') ?? ''), minute };
	};
}

/**
 * n8n's value for a workflow without its own time zone is no zone. That of the process is the closest to n8n's own.
 * @throws MasvInputError for one that does not exist: n8n checks neither imported workflows nor its environment
 */
function toTimeZone(zone: string): string | undefined {
	if (zone === 'DEFAULT') return undefined;
	try {
		return new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone;
	} catch (error) {
		throw new MasvInputError(`There is no time zone "${zone}"`, {
			code: 'value_malformed',
			field: 'Timezone',
			hint: 'Select one in the settings of the workflow, or correct the environment variable GENERIC_TIMEZONE.',
			cause: error,
		});
	}
}

/** How far the zone is ahead of UTC at that moment, in milliseconds. */
function offsetAt(at: number, zone: string): number {
	const format = new Intl.DateTimeFormat('en-US', {
		timeZone: toTimeZone(zone),
		timeZoneName: 'longOffset',
	});
	const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
	// "GMT+05:30", or just "GMT" when there is no offset.
	const [, sign, hours, minutes, seconds = 0] = /([+-])(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(name) ?? [];
	if (sign === undefined) return 0;
	const offsetMs = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
	return sign === '-' ? -offsetMs : offsetMs;
}

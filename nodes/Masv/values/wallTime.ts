/** As much of n8n as tells the time zone of the workflow. */
export interface Zoned {
	getTimezone(): string;
}

/** What n8n's date picker gives: a date, with or without the time of day, but no time zone. */
const wallTime = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?))?$/;

const dayMs = 24 * 3_600_000;

/**
 * When the clocks of the workflow's time zone show that; milliseconds, NaN for a date that there is not. What they show twice
 * in a year is meant the first time, and what they leave out is as much later.
 * @returns undefined for a text that is no time of the clock, such as one that brings its own time zone
 */
export function wallTimeToMs(text: string, n8n: Zoned): number | undefined {
	const [, date, time = '00:00'] = wallTime.exec(text) ?? [];
	if (date === undefined) return undefined;
	const shown = Date.parse(`${date}T${time}Z`);
	if (Number.isNaN(shown)) return shown;
	const zone = n8n.getTimezone();
	// The clocks are not changed twice within two days: one of these offsets is that of the moment.
	const before = shown - offsetAt(shown - dayMs, zone);
	const after = shown - offsetAt(shown + dayMs, zone);
	return [before, after].find((at) => at + offsetAt(at, zone) === shown) ?? before;
}

/** How far the clocks of the zone are ahead of UTC at that moment; milliseconds. */
function offsetAt(at: number, zone: string): number {
	const format = new Intl.DateTimeFormat('en-US', {
		// n8n's word for a workflow that has none of its own; the process's zone is the nearest that there is to n8n's.
		timeZone: zone === 'DEFAULT' ? undefined : zone,
		timeZoneName: 'longOffset',
	});
	const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
	// "GMT+05:30"; "GMT" alone where there is no difference.
	const [, sign, hours, minutes, seconds = 0] = /([+-])(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(name) ?? [];
	if (sign === undefined) return 0;
	const offsetMs = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
	return sign === '-' ? -offsetMs : offsetMs;
}

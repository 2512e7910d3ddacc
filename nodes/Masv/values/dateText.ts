/** A date as a text shows it. */
export interface ShownDate {
	/** The date and time shown, in milliseconds, as if they were in UTC. */
	shownMs: number;
	/** How far the time zone in the text is ahead of UTC. Undefined if the text contains none. */
	offsetMs: number | undefined;
}

const time = String.raw`(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?(?: ?(?<half>[ap])m)?`;
const zone = String.raw` ?(?<utc>z|utc|gmt)?(?:(?<sign>[+-])(?<zoneHours>\d{2}):?(?<zoneMinutes>\d{2})?)?(?: \([^()]*\))?`;
const weekday = String.raw`(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? )?`;
const month = String.raw`(?<month>[a-z]{3,9})\.?`;

/**
 * ISO 8601 and what is close to it; the texts of `Date` and of mail headers. Not `11/12/2026`: in half of the world, that is
 * another day.
 */
const forms = [
	String.raw`(?<year>\d{4})(?<separator>[-/])(?<month>\d{1,2})(?:\k<separator>(?<day>\d{1,2}))?`,
	String.raw`(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})`,
	String.raw`${weekday}(?<day>\d{1,2})[ -]${month}[ -](?<year>\d{4})`,
	String.raw`${weekday}${month} (?<day>\d{1,2}),? (?<year>\d{4})`,
].map((date) => new RegExp(`^${date}(?:(?:,? |t)${time}${zone})?$`, 'i'));

/** Longer texts are not tried. `Date.prototype.toString` needs about 75 characters. */
const maxLength = 120;

const months = [
	'january',
	'february',
	'march',
	'april',
	'may',
	'june',
	'july',
	'august',
	'september',
	'october',
	'november',
	'december',
];

/** Reads a date, with or without a time of day. @returns undefined for another form, and for days that do not exist */
export function parseDateText(text: string): ShownDate | undefined {
	if (text.length > maxLength) return undefined;
	const plain = text.replaceAll(/\s+/g, ' ');
	for (const form of forms) {
		const found = form.exec(plain)?.groups;
		if (found !== undefined) return toShownDate(found);
	}
	return undefined;
}

function toShownDate(found: Record<string, string | undefined>): ShownDate | undefined {
	const day = dayStart(Number(found.year), monthIndex(found.month ?? ''), Number(found.day ?? 1));
	const ofDay = timeOfDay(found);
	const offsetMs = offsetOf(found);
	if (day === undefined || ofDay === undefined || Number.isNaN(offsetMs)) return undefined;
	return { shownMs: day + ofDay, offsetMs };
}

function monthIndex(text: string): number {
	if (/^\d+$/.test(text)) return Number(text) - 1;
	const name = text.toLowerCase();
	return months.findIndex((whole) => whole.startsWith(name));
}

/** Undefined for a day that does not exist, such as 30 February, which `Date` takes for 2 March. */
function dayStart(year: number, index: number, day: number): number | undefined {
	const date = new Date(0);
	date.setUTCFullYear(year, index, day);
	return date.getUTCMonth() === index && date.getUTCDate() === day ? date.getTime() : undefined;
}

/** In milliseconds. 24:00 is the end of the day. */
function timeOfDay({
	hour = '0',
	minute = '0',
	second = '0',
	fraction = '',
	half,
}: Record<string, string | undefined>) {
	const shownHour = Number(hour);
	if (half !== undefined && (shownHour < 1 || shownHour > 12)) return undefined;
	const hours = half === undefined ? shownHour : (shownHour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
	if (Number(minute) > 59 || Number(second) > 59) return undefined;
	const ms = ((hours * 60 + Number(minute)) * 60 + Number(second)) * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3));
	return ms <= 24 * 3_600_000 ? ms : undefined;
}

/** In milliseconds; NaN for one that no place has. */
function offsetOf({ utc, sign, zoneHours = '0', zoneMinutes = '0' }: Record<string, string | undefined>) {
	if (utc === undefined && sign === undefined) return undefined;
	const minutes = Number(zoneHours) * 60 + Number(zoneMinutes);
	if (minutes > 18 * 60 || Number(zoneMinutes) > 59) return Number.NaN;
	return (sign === '-' ? -1 : 1) * minutes * 60_000;
}

import type { RateAt } from '../../../masv/transfer/bandwidth';
import { refusal } from './refusal';
import type { WeekTime } from './wallTime';
import { weekTimeIn } from './wallTime';

/** A limit that applies at certain times. */
interface Entry {
	/** From 0 (Sunday). */
	days: ReadonlySet<number>;
	/** Minutes of the day, the second one exclusive. If it is not larger than the first, it belongs to the next day. */
	from: number;
	until: number;
	/** Undefined: no limit. */
	bytesPerSecond: number | undefined;
}

const mebibyte = 1024 * 1024;
/** With less, storages close connections because nothing arrives. */
const leastMebibytes = 0.1;
const minutesOfDay = 24 * 60;
const everyDay: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 5, 6]);
const dayNames = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const expected = 'a number of MiB per second or a timetable';
const advice = 'For example 20, or Mon-Fri 08:00-19:00 5; else none. 100 Mbit/s are about 12.';

/**
 * A rate in MiB per second (`20`), or a timetable whose first entry that applies counts: `Mon-Fri 08:00-19:00 5; Sat 2.5; else none`.
 * Without an entry that applies, there is no limit.
 * @param text not empty
 * @param zone time zone of the workflow
 * @throws MasvInputError
 */
export function toBandwidthLimit(text: string, label: string, zone: string): RateAt {
	const parts = text.split(/[;\n]/).map((part) => part.trim());
	const entries = parts.filter((part) => part !== '').map((part) => toEntry(part, label));
	const always = entries.findIndex(
		({ days, from, until }) => days === everyDay && from === 0 && until === minutesOfDay,
	);
	if (entries.length === 0) throw refusal(text, label, expected, advice);
	if (always !== -1 && always < entries.length - 1) {
		const hint = `What follows "${parts[always]}" would never apply. Put it last.`;
		throw refusal(text, label, 'a timetable whose entries all apply at some time', hint);
	}
	const weekTime = weekTimeIn(zone);
	const rateAt: RateAt = (at) => {
		const time = weekTime(at);
		return entries.find((entry) => applies(entry, time))?.bytesPerSecond;
	};
	return eachMinute(rateAt);
}

/** Asked for each piece that is transferred; a time zone takes longer. */
function eachMinute(rateAt: RateAt): RateAt {
	let last: { minute: number; rate: number | undefined } | undefined;
	return (at) => {
		const minute = Math.floor(at / 60_000);
		if (last?.minute !== minute) last = { minute, rate: rateAt(at) };
		return last.rate;
	};
}

function applies({ days, from, until }: Entry, { day, minute }: WeekTime): boolean {
	if (until > from) return days.has(day) && minute >= from && minute < until;
	return (days.has(day) && minute >= from) || (days.has((day + 6) % 7) && minute < until);
}

function toEntry(text: string, label: string): Entry {
	const words = text.split(/\s+/);
	const unit = /^MiB(?:\/s)?$/i.test(words.at(-1) ?? '') ? 1 : 0;
	const limit = words.at(-1 - unit) ?? '';
	const when = words.slice(0, words.length - 1 - unit);
	const bytesPerSecond = toRate(limit, text, label);
	if (when.length === 1 && /^else$/i.test(when[0] ?? ''))
		return { days: everyDay, from: 0, until: minutesOfDay, bytesPerSecond };
	const times = /^[\d:]+-[\d:]+$/.test(when.at(-1) ?? '') ? when.pop() : undefined;
	const days = when.length === 0 ? everyDay : toDays(when.join('').toLowerCase(), text, label);
	const [from, until] = times === undefined ? [0, minutesOfDay] : toTimes(times, text, label);
	return { days, from, until, bytesPerSecond };
}

function toRate(limit: string, entry: string, label: string): number | undefined {
	if (/^(?:none|off|unlimited)$/i.test(limit)) return undefined;
	if (!/^\d+(?:\.\d+)?$/.test(limit)) throw refusal(entry, label, expected, advice);
	const mebibytes = Number(limit);
	if (mebibytes < leastMebibytes) {
		const hint = 'Leave it empty for no limit; in a timetable, write none.';
		throw refusal(entry, label, `at least ${leastMebibytes} MiB per second`, hint);
	}
	return mebibytes * mebibyte;
}

/** `mon-fri`, `sat,sun`, `fri-mon` */
function toDays(text: string, entry: string, label: string): ReadonlySet<number> {
	const dayOf = (name: string): number => {
		const index = name.length < 3 ? -1 : dayNames.findIndex((whole) => whole.startsWith(name));
		if (index === -1)
			throw refusal(entry, label, expected, `"${name}" is no day: write Mon, Tue, Wed, Thu, Fri, Sat or Sun.`);
		return index;
	};
	const days = new Set<number>();
	for (const range of text.split(',')) {
		const [first = '', last = first, ...more] = range.split('-');
		if (more.length > 0) throw refusal(entry, label, expected, advice);
		const end = dayOf(last);
		for (let day = dayOf(first); ; day = (day + 1) % 7) {
			days.add(day);
			if (day === end) break;
		}
	}
	return days;
}

/** `08:00-19:00`, `22-6` */
function toTimes(text: string, entry: string, label: string): [number, number] {
	const [from, until] = text.split('-').map((time) => {
		const [, hours, minutes = '0'] = /^(\d{1,2})(?::(\d{2}))?$/.exec(time) ?? [];
		const minute = hours === undefined || Number(minutes) > 59 ? NaN : Number(hours) * 60 + Number(minutes);
		return minute <= minutesOfDay ? minute : undefined;
	});
	if (from === undefined || until === undefined || from === until || from === minutesOfDay) {
		throw refusal(entry, label, expected, `"${text}" is no time: write it as 08:00-19:00.`);
	}
	return [from, until];
}

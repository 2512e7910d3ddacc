import type { Dice } from './dice';

/** What happens to a request. All but the last two are reported to the worker as a failure. */
export type Fault =
	| 'none'
	/** The connection is refused. */
	| 'refused'
	/** It never reaches the server. */
	| 'request lost'
	/** It takes effect, but the answer never arrives. */
	| 'answer lost'
	/** It takes effect long after the worker has given it up. */
	| 'late'
	/** 503 from MASV itself: no effect. */
	| 'unavailable'
	/** 429: no effect. */
	| 'too many requests'
	/** 502 or 504 from a gateway, without an effect. */
	| 'gateway error before'
	/** 502 or 504 from a gateway, with the effect. */
	| 'gateway error after'
	/** A page of a gateway, with a status that is not its own to say: no effect. */
	| 'gateway page'
	/** The bytes of a part change on the way, and the storage accepts what arrives. */
	| 'damaged';

/** The faults of one run. */
export interface Weather {
	/** Share of the requests that fail in one of these ways. */
	share: number;
	faults: Fault[];
	/** Share of the requests that a gateway refuses with a page. */
	pages: number;
	/** Share of the parts that are damaged. */
	damage: number;
	/** Parts that were damaged, once each: damage that repeats itself looks like an ETag that is not an MD5. */
	damaged: Set<string>;
	/** While it lasts, no request reaches the server. Milliseconds since the start of the history. */
	outage: { from: number; until: number } | undefined;
	/** Share of the calls of the journal that fail. */
	journal: number;
	leases: number;
	/** Share of the reads of files that fail. */
	reads: number;
}

export const calm: Weather = {
	share: 0,
	faults: [],
	pages: 0,
	damage: 0,
	damaged: new Set(),
	outage: undefined,
	journal: 0,
	leases: 0,
	reads: 0,
};

const faults: Fault[] = [
	'refused',
	'request lost',
	'answer lost',
	'answer lost',
	'late',
	'unavailable',
	'too many requests',
	'gateway error before',
	'gateway error after',
];

/** @param canDamage whether the client can see damage at all: not by opaque ETags */
export function chooseWeather(dice: Dice, nowMs: number, canDamage: boolean): Weather {
	if (dice.chance(0.3)) return calm;
	const pages = dice.fork('pages');
	const from = nowMs + dice.between(0, 10_000);
	return {
		share: dice.pick([0, 0.02, 0.1, 0.25]),
		faults: dice.chance(0.5) ? faults : [dice.pick(faults)],
		pages: pages.chance(0.08) ? pages.pick([0.02, 0.1]) : 0,
		damage: canDamage && dice.chance(0.15) ? dice.pick([0.05, 0.3]) : 0,
		damaged: new Set(),
		outage: dice.chance(0.1) ? { from, until: from + dice.between(30_000, 1_800_000) } : undefined,
		journal: dice.chance(0.1) ? dice.pick([0.05, 0.3, 1]) : 0,
		leases: dice.chance(0.05) ? dice.pick([0.05, 1]) : 0,
		reads: dice.chance(0.05) ? 0.05 : 0,
	};
}

export function chooseFault(weather: Weather, dice: Dice, kind: string, request: string, nowMs: number): Fault {
	if (weather.outage !== undefined && nowMs >= weather.outage.from && nowMs < weather.outage.until) return 'refused';
	// Part sizes at MASV have one source, and not the one of the simulation, without which no part could be resumed.
	if (kind === 'limits') return 'none';
	if (kind === 'put part' && !weather.damaged.has(request) && dice.chance(weather.damage)) {
		weather.damaged.add(request);
		return 'damaged';
	}
	if (weather.pages > 0 && dice.chance(weather.pages)) return 'gateway page';
	return dice.chance(weather.share) ? dice.pick(weather.faults) : 'none';
}

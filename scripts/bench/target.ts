import type { Section } from './rows.ts';

/** Medians of one row. */
export interface Figures {
	/** In the section's unit. */
	throughput: number;
	/** Seconds per GiB, or per 1,000 files. */
	cpu: number;
	peakMebibytes: number;
	/** NaN if the sink was not involved. */
	requestsPerFile: number;
	/** For how long the event loop stood still at most, in milliseconds. NaN if that was not measured. */
	standstillMs: number;
}

export interface Measured {
	section: Section;
	figures: Map<string, Figures>;
}

export interface Target {
	text: string;
	value: number;
	/** Absent: for information only, without a target. */
	met?: boolean;
}

export type CompareRows = (name: 'throughput' | 'cpu', key: string, other: string, bound?: number) => Target[];

/** Compares two rows of a section: none if one was not measured. Without a bound, for information only. */
export function compareRows({ section: { title }, figures }: Measured): CompareRows {
	return (name, key, other, bound) => {
		const value = (figures.get(key)?.[name] ?? NaN) / (figures.get(other)?.[name] ?? NaN);
		if (Number.isNaN(value)) return [];
		const what = `${title}: ${name === 'cpu' ? 'CPU per GiB' : 'throughput'}, ${key} / ${other}`;
		if (bound === undefined) return [{ text: what, value }];
		return name === 'cpu'
			? [{ text: `${what}, at most ${bound}`, value, met: value <= bound }]
			: [{ text: `${what}, at least ${bound}`, value, met: value >= bound }];
	};
}

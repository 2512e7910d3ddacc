import type { Step } from './steps.ts';

/** Something that goes wrong on the wire, or in the server, at one step. */
export interface Fault {
	step: Step;
	/** Only for `partPut` and `partUrls`: this part (1-based), or the last one of the file. */
	partNumber?: number | 'last';
	/** Let this many matching requests pass first; default 0. */
	skip?: number;
	/** How often the fault strikes; default 1, `Infinity` = for ever. */
	times?: number;
	/**
	 * - `status`: not carried out, answered with `status`, `headers`, `body`, `contentType`
	 * - `html`: not carried out, answered with `status` (default 502) and an HTML page
	 * - `emptyOk`: not carried out, answered 200 without a body
	 * - `wrongJson`: not carried out, answered 200 with JSON of another shape (`body` replaces it)
	 * - `refuse`: socket closed as soon as the request head is seen
	 * - `resetBeforeBody`, `resetMidBody`: connection reset; not carried out
	 * - `resetAfterBody`: carried out, then the connection is reset instead of an answer
	 * - `lostAnswerStatus`: carried out, then answered with `status` (default 502) and an HTML page, or `body`
	 * - `cutAnswer`: carried out; the answer ends in its middle
	 * - `hang`: body not read, never answered
	 * - `hangAfterBody`: carried out, never answered
	 */
	kind:
		| 'status'
		| 'html'
		| 'emptyOk'
		| 'wrongJson'
		| 'refuse'
		| 'resetBeforeBody'
		| 'resetMidBody'
		| 'resetAfterBody'
		| 'lostAnswerStatus'
		| 'cutAnswer'
		| 'hang'
		| 'hangAfterBody';
	status?: number;
	headers?: Record<string, string>;
	body?: string;
	contentType?: string;
}

/** What a request is, as far as faults are concerned. Part numbers are 1-based and inclusive. */
export interface Target {
	step: Step;
	parts?: { first: number; last: number };
	/** Number of the file's last part, when it can be known. */
	lastPart?: number;
}

export interface InjectedFault {
	remove(): void;
	/** How many requests the fault has struck so far. */
	hits(): number;
}

interface Armed {
	fault: Fault;
	seen: number;
	hits: number;
}

/** The faults waiting for their request. */
export class Faults {
	readonly #armed = new Set<Armed>();

	inject(fault: Fault): InjectedFault {
		const armed: Armed = { fault, seen: 0, hits: 0 };
		this.#armed.add(armed);
		return { remove: () => void this.#armed.delete(armed), hits: () => armed.hits };
	}

	/** The fault that strikes this request, if any. Every matching fault counts the request; the oldest one strikes. */
	strike(target: Target): Fault | undefined {
		let striking: Armed | undefined;
		for (const armed of this.#armed) {
			if (!matches(armed.fault, target)) continue;
			armed.seen++;
			const due = armed.seen > (armed.fault.skip ?? 0) && armed.hits < (armed.fault.times ?? 1);
			if (due) striking ??= armed;
		}
		if (striking !== undefined) striking.hits++;
		return striking?.fault;
	}
}

function matches(fault: Fault, target: Target): boolean {
	if (fault.step !== target.step) return false;
	if (fault.partNumber === undefined) return true;
	const part = fault.partNumber === 'last' ? target.lastPart : fault.partNumber;
	return part !== undefined && target.parts !== undefined && part >= target.parts.first && part <= target.parts.last;
}

import type { Step } from './steps.ts';

/** What happens to a body on its way. */
export type Damage = 'flip' | 'cut';

/** A failure on the network, or in the server, at one step. */
export interface Fault {
	step: Step;
	/** For `partPut` and `partUrls` only: this part (1-based), or the last part of the file. */
	partNumber?: number | 'last';
	/** How many matching requests succeed first; default 0. */
	skip?: number;
	/** How many requests fail; default 1, `Infinity` = all of them. */
	times?: number;
	/**
	 * - `status`: not executed; the response has `status`, `headers`, `body`, `contentType`
	 * - `html`: not executed; the response has `status` (default 502) and an HTML page
	 * - `emptyOk`: not executed; the response is a 200 without a body
	 * - `wrongJson`: not executed; the response is a 200 with JSON of another shape (`body` replaces it)
	 * - `refuse`: the socket is closed as soon as the request head arrives
	 * - `resetBeforeBody`, `resetMidBody`: not executed; the connection is reset
	 * - `resetAfterBody`: executed, then the connection is reset instead of a response
	 * - `lostAnswerStatus`: executed, then the response has `status` (default 502) and an HTML page, or `body`
	 * - `cutAnswer`: executed; the response is truncated
	 * - `hang`: the body is not read and there is no response
	 * - `hangAfterBody`: executed; there is no response
	 * - `damage`: executed with a body that was changed on the way, see `damage`; the response is that of a success
	 * - `alterAnswer`: executed; the response has `status` and `headers` instead of its own
	 * - `stallAnswer`: executed; the response stops in the middle of its body
	 * - `ignoreRange`: executed as if the request had no `Range`
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
		| 'hangAfterBody'
		| 'damage'
		| 'alterAnswer'
		| 'stallAnswer'
		| 'ignoreRange';
	/** For `damage` of a part or of an object: a byte in its middle is inverted (default), or its second half is missing. */
	damage?: Damage;
	status?: number;
	headers?: Record<string, string>;
	body?: string;
	contentType?: string;
}

/** What identifies a request to faults. Part numbers are 1-based and inclusive. */
export interface Target {
	step: Step;
	parts?: { first: number; last: number };
	/** Number of the file's last part, if known. */
	lastPart?: number;
}

export interface InjectedFault {
	remove(): void;
	/** How many requests have failed because of this fault so far. */
	hits(): number;
}

interface Armed {
	fault: Fault;
	seen: number;
	hits: number;
}

/** The injected faults. */
export class Faults {
	readonly #armed = new Set<Armed>();

	inject(fault: Fault): InjectedFault {
		const armed: Armed = { fault, seen: 0, hits: 0 };
		this.#armed.add(armed);
		return { remove: () => void this.#armed.delete(armed), hits: () => armed.hits };
	}

	/** The fault that this request runs into, if any. Every matching fault counts the request; the oldest one applies. */
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

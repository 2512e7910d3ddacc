/** What owns an event: when it dies, its events never happen. */
export interface Owner {
	readonly name: string;
}

interface Pending {
	at: number;
	owner: Owner | undefined;
	run: (isHeldUp: boolean) => void;
	isHeldUp: boolean;
}

/**
 * The order of everything that happens. Each event waits for its time, which the dice have chosen; between two events all
 * code runs until it waits for another event. Milliseconds since the start of the history.
 */
export class Timeline {
	nowMs = 0;
	/** Events that have happened. */
	count = 0;
	/** Lines for people: time, who, what. */
	readonly lines: string[] = [];
	readonly #pending = new Set<Pending>();

	note(who: string, what: string): void {
		this.lines.push(`${(this.nowMs / 1000).toFixed(3).padStart(9)} ${who.padEnd(8)} ${what}`);
	}

	/**
	 * @param run gets whether the event was held up because its owner was frozen
	 * @returns a function that calls it off
	 */
	after(ms: number, run: (isHeldUp: boolean) => void, owner?: Owner): () => void {
		const event: Pending = { at: this.nowMs + ms, owner, run, isHeldUp: false };
		this.#pending.add(event);
		return () => void this.#pending.delete(event);
	}

	/** Events of the owner that are due before `untilMs` happen after it, in the same order. */
	holdUp(owner: Owner, untilMs: number): void {
		for (const event of this.#pending) {
			if (event.owner !== owner || event.at >= untilMs) continue;
			event.at = untilMs + (event.at - this.nowMs) / 1e6;
			event.isHeldUp = true;
		}
	}

	/** Calls off all events of the owner. */
	drop(owner: Owner): void {
		for (const event of this.#pending) if (event.owner === owner) this.#pending.delete(event);
	}

	/**
	 * Lets the next event happen, and everything that follows from it at once.
	 * @returns false if there is none before `untilMs`
	 */
	async step(untilMs = Infinity): Promise<boolean> {
		let next: Pending | undefined;
		for (const event of this.#pending) if (next === undefined || event.at < next.at) next = event;
		if (next === undefined || next.at > untilMs) return false;
		this.#pending.delete(next);
		this.nowMs = Math.max(this.nowMs, next.at);
		this.count++;
		next.run(next.isHeldUp);
		await new Promise((resolve) => setImmediate(resolve));
		return true;
	}
}

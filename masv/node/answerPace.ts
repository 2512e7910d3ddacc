const leastMs = 5 * 60_000;
const mostPatientMs = 60 * 60_000;
/** Far below what a timer can count. */
const mostMs = 24 * 60 * 60_000;
/** What less takes is mostly latency, which says nothing about the rate. */
const leastBytes = 1024 * 1024;
/** Until the first answer: a tenth of this rate takes five minutes for eight parts of 32 MiB. */
const firstMsPerByte = leastMs / 10 / (8 * 32 * leastBytes);

/**
 * How long one server may take to answer a part after its last byte was handed over. "Handed over" means little: on a slow
 * uplink the kernel keeps megabytes, and a gateway may take a whole part at once and pass it on at the rate of its own line.
 * All parts under way share that line, so the time depends on the bytes of all of them.
 */
export class AnswerPace {
	/** Of all parts under way, from the first byte of one to its answer. */
	#msPerByte = firstMsPerByte;
	#patience = 1;
	#bytesUnderWay = 0;
	#timedOutAt = -Infinity;

	/** A part is handed over from now on. @returns the bytes of all parts under way, this one included */
	begin(bytes: number): number {
		return (this.#bytesUnderWay += bytes);
	}

	/** The part has been answered, or has failed. */
	end(bytes: number): void {
		this.#bytesUnderWay -= bytes;
	}

	/** As of now: it changes with the number of parts under way. @param sentMs how long it took to hand over all bytes of the part */
	allowedMs(sentMs: number): number {
		const msAtTenthOfRate = 10 * Math.max(sentMs, this.#bytesUnderWay * this.#msPerByte);
		return Math.min(Math.max(leastMs, msAtTenthOfRate) * this.#patience, mostMs);
	}

	/**
	 * @param bytes of all parts that were under way when this one began
	 * @param ms from the first byte of the part to its answer
	 */
	noteAnswer(bytes: number, ms: number): void {
		// What the answers take is known again.
		this.#patience = Math.max(1, this.#patience / 2);
		const latest = ms / Math.max(bytes, leastBytes);
		// Follows a line that becomes slower at once, and one that becomes faster slowly.
		this.#msPerByte = latest > this.#msPerByte ? latest : this.#msPerByte * 0.9 + latest * 0.1;
	}

	/**
	 * Otherwise, a gateway slower than any seen so far would get the same part again, for ever. Parts that were under way
	 * together count once.
	 * @param startedAt when the part began, by the same clock as `now`
	 */
	noteTimeout(startedAt: number, now: number): void {
		if (startedAt < this.#timedOutAt) return;
		this.#timedOutAt = now;
		this.#patience = Math.min(2 * this.#patience, mostPatientMs / leastMs);
	}
}

const leastMs = 5 * 60_000;
const mostPatientMs = 60 * 60_000;
/** Far below what a timer can count. */
const mostMs = 24 * 60 * 60_000;
/** What a smaller part takes is mostly latency, which says nothing about the rate. */
const leastBytes = 1024 * 1024;

/**
 * How long one server may take to answer a part after its last byte was handed over. "Handed over" means little: on a slow
 * uplink the kernel keeps megabytes, and a gateway may take a whole part at once and pass it on at the rate of its own line.
 */
export class AnswerPace {
	/** From the first byte to the answer. */
	#msPerByte = 0;
	#patience = 1;

	/** @param sentMs how long it took to hand over all bytes */
	allowedMs(bytes: number, sentMs: number): number {
		const msAtTenthOfRate = 10 * Math.max(sentMs, bytes * this.#msPerByte);
		return Math.min(Math.max(leastMs * this.#patience, msAtTenthOfRate), mostMs);
	}

	/** @param ms from the first byte of the part to its answer */
	noteAnswer(bytes: number, ms: number): void {
		// What the answers take is known again.
		this.#patience = Math.max(1, this.#patience / 2);
		const latest = ms / Math.max(bytes, leastBytes);
		// Follows a line that becomes slower at once, and one that becomes faster slowly.
		this.#msPerByte = latest > this.#msPerByte ? latest : this.#msPerByte * 0.9 + latest * 0.1;
	}

	/** Otherwise, a gateway slower than any seen so far would get the same part again, for ever. */
	noteTimeout(): void {
		this.#patience = Math.min(2 * this.#patience, mostPatientMs / leastMs);
	}
}

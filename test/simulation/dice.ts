import { randomOf } from '../support/random';

/** All chance in a simulated history. The same seed and name give the same throws. */
export class Dice {
	readonly #seed: number;
	readonly #next: (min: number, max: number) => number;

	constructor(seed: number) {
		this.#seed = seed;
		this.#next = randomOf(seed);
	}

	/** Dice of their own, so that more throws in one place do not change those in another. */
	fork(name: string): Dice {
		let mixed = this.#seed ^ 0x9e3779b9;
		for (const letter of name) mixed = Math.imul(mixed ^ letter.charCodeAt(0), 0x01000193);
		return new Dice(mixed);
	}

	/** An integer; both ends are possible. */
	int(min: number, max: number): number {
		return this.#next(min, max);
	}

	/** At least 0, less than 1. */
	share(): number {
		return this.#next(0, 2 ** 30 - 1) / 2 ** 30;
	}

	/** At least `min`, less than `max`. */
	between(min: number, max: number): number {
		return min + this.share() * (max - min);
	}

	chance(share: number): boolean {
		return this.share() < share;
	}

	pick<T>(items: readonly T[]): T {
		return items[this.int(0, items.length - 1)] as T;
	}
}

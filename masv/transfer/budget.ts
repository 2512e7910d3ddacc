/** Limits the total amount in use, for example of bytes in memory or of workers. */
export interface Budget {
	/** Resolves in the order of the calls. An amount above the limit is granted when nothing else is in use. */
	take(amount: number): Promise<void>;
	give(amount: number): void;
	/** Whether anyone waits. */
	readonly isShort: boolean;
	/** A lower limit takes effect as amounts are given back. */
	setLimit(limit: number): void;
}

/** A linked list: taking the first out of an array moves all others, of which there may be 200,000. */
interface Waiting {
	amount: number;
	grant: () => void;
	next: Waiting | undefined;
}

export function createBudget(limit: number): Budget {
	return new FairBudget(limit);
}

class FairBudget implements Budget {
	#limit: number;
	#used = 0;
	#first: Waiting | undefined;
	#last: Waiting | undefined;

	constructor(limit: number) {
		this.#limit = limit;
	}

	get isShort(): boolean {
		return this.#first !== undefined;
	}

	async take(amount: number): Promise<void> {
		await new Promise<void>((grant) => {
			const waiting: Waiting = { amount, grant, next: undefined };
			if (this.#first === undefined || this.#last === undefined) this.#first = waiting;
			else this.#last.next = waiting;
			this.#last = waiting;
			this.#grantNext();
		});
	}

	give(amount: number): void {
		this.#used -= amount;
		this.#grantNext();
	}

	setLimit(limit: number): void {
		this.#limit = limit;
		this.#grantNext();
	}

	#grantNext(): void {
		for (let first = this.#first; first !== undefined && this.#permits(first.amount); first = this.#first) {
			this.#first = first.next;
			this.#used += first.amount;
			first.grant();
		}
	}

	#permits(amount: number): boolean {
		return this.#used === 0 || this.#used + amount <= this.#limit;
	}
}

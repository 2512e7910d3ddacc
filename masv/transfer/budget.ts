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

export function createBudget(initialLimit: number): Budget {
	let limit = initialLimit;
	let used = 0;
	let first: Waiting | undefined;
	let last: Waiting | undefined;
	const grantNext = (): void => {
		while (first !== undefined && (used === 0 || used + first.amount <= limit)) {
			const { amount, grant, next } = first;
			first = next;
			used += amount;
			grant();
		}
	};
	return {
		take: async (amount) =>
			await new Promise((grant) => {
				const waiting: Waiting = { amount, grant, next: undefined };
				if (first === undefined || last === undefined) first = waiting;
				else last.next = waiting;
				last = waiting;
				grantNext();
			}),
		give: (amount) => {
			used -= amount;
			grantNext();
		},
		get isShort() {
			return first !== undefined;
		},
		setLimit: (next) => {
			limit = next;
			grantNext();
		},
	};
}

/** Limits the total amount in use, for example of bytes in memory or of workers. */
export interface Budget {
	/** Resolves in the order of the calls. An amount above the limit is granted when nothing else is in use. */
	take(amount: number): Promise<void>;
	give(amount: number): void;
}

export function createBudget(limit: number): Budget {
	let used = 0;
	const waiting: Array<{ amount: number; grant: () => void }> = [];
	const grantNext = (): void => {
		for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
			if (used > 0 && used + next.amount > limit) return;
			waiting.shift();
			used += next.amount;
			next.grant();
		}
	};
	return {
		take: async (amount) =>
			await new Promise((grant) => {
				waiting.push({ amount, grant });
				grantNext();
			}),
		give: (amount) => {
			used -= amount;
			grantNext();
		},
	};
}

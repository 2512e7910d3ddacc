/** Limits the total amount in use, for example of bytes in memory or of workers. */
export interface Budget {
	/** Resolves when the amount is available, in the order of the calls. More than the limit is granted if nothing is in use. */
	take(amount: number): Promise<void>;
	give(amount: number): void;
}

export function createBudget(most: number): Budget {
	let held = 0;
	const waiting: Array<{ amount: number; enter: () => void }> = [];
	const admit = (): void => {
		for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
			if (held > 0 && held + next.amount > most) return;
			waiting.shift();
			held += next.amount;
			next.enter();
		}
	};
	return {
		take: async (amount) =>
			await new Promise((enter) => {
				waiting.push({ amount, enter });
				admit();
			}),
		give: (amount) => {
			held -= amount;
			admit();
		},
	};
}

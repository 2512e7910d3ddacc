/** A bound on how much of something there is at one time: bytes in memory, workers on files. */
export interface Budget {
	/** Resolves when there is room; more than the whole bound is let in alone. First come, first served. */
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

/** A bound on the bytes that are in memory at one time. */
export interface ByteBudget {
	/** Resolves when there is room; more than the whole bound is let in alone. First come, first served. */
	take(bytes: number): Promise<void>;
	give(bytes: number): void;
}

export function createByteBudget(maxBytes: number): ByteBudget {
	let held = 0;
	const waiting: Array<{ bytes: number; enter: () => void }> = [];
	const admit = (): void => {
		for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
			if (held > 0 && held + next.bytes > maxBytes) return;
			waiting.shift();
			held += next.bytes;
			next.enter();
		}
	};
	return {
		take: async (bytes) =>
			await new Promise((enter) => {
				waiting.push({ bytes, enter });
				admit();
			}),
		give: (bytes) => {
			held -= bytes;
			admit();
		},
	};
}

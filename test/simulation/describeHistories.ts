interface Broken {
	violations: ReadonlyArray<{ rule: string; text: string }>;
	lines: readonly string[];
}

/** One test per regression, and one per hundred seeds or as many as are given. Each shows the history of the first seed that breaks a rule. */
export function describeHistories(
	name: string,
	simulate: (seed: number) => Promise<Broken>,
	seeds: number,
	regressions: ReadonlyArray<{ seed: number; shows: string }>,
	seedsPerTest = 100,
): void {
	const firstBroken = async (from: number, count: number): Promise<string | undefined> => {
		for (let seed = from; seed < from + count; seed++) {
			const { lines, violations } = await simulate(seed);
			if (violations.length === 0) continue;
			const broken = violations.map(({ rule, text }) => `${rule}: ${text}`);
			return [...lines, '', `Seed ${seed} breaks the rules:`, ...broken].join('\n');
		}
		return undefined;
	};

	describe(name, () => {
		for (const { seed, shows } of regressions) {
			it(`seed ${seed}: ${shows}`, async () => {
				expect(await firstBroken(seed, 1)).toBeUndefined();
			});
		}

		for (let from = 1; from <= seeds; from += seedsPerTest) {
			it(`seeds ${from} to ${from + seedsPerTest - 1}`, async () => {
				expect(await firstBroken(from, seedsPerTest)).toBeUndefined();
			});
		}
	});
}

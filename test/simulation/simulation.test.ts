import { regressions } from './regressions';
import { simulate } from './simulate';

/** More of them: `npm run test:simulation -- --seeds 1000000`. */
const seeds = 2_000;
const seedsPerTest = 100;

/** The history of the first seed that breaks a rule. */
async function firstBroken(from: number, count: number): Promise<string | undefined> {
	for (let seed = from; seed < from + count; seed++) {
		const { lines, violations } = await simulate(seed);
		if (violations.length === 0) continue;
		const broken = violations.map(({ rule, text }) => `${rule}: ${text}`);
		return [...lines, '', `Seed ${seed} breaks the rules:`, ...broken].join('\n');
	}
	return undefined;
}

describe('a simulated history keeps all rules', () => {
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

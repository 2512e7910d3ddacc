import { createClimb } from '../../../masv/transfer/climb';

/** The rate of each sender in MiB/s, if each connection reaches `each` at most and all together `cap`. */
interface Line {
	each: number;
	cap: number;
	/** What each connection beyond eight costs, as a share of the total. */
	overhead?: number;
	/** Of all connections together, instead of the above. */
	rate?: (connections: number) => number;
}

function ratesOn({ each, cap, overhead = 0, rate }: Line, counts: number[]): number[] {
	const all = counts.reduce((sum, count) => sum + count, 0);
	const total = rate?.(all) ?? Math.min(each * all, cap) * (1 - overhead * Math.max(0, all - 8));
	return counts.map((count) => (total * count) / all);
}

/** Rates that vary by up to 5 % either way, or as much as is given; the same seed gives the same. */
function noise(seed: number, by = 0.05): () => number {
	let state = seed;
	return () => {
		state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
		return 1 - by + (2 * by * state) / 2_147_483_648;
	};
}

/** @returns the counts of each sender, window by window */
function transfer(
	lines: (window: number) => Line,
	windows: number,
	{ senders = 1, seed = 1, first = 8, by = 0.05 } = {},
) {
	const vary = noise(seed, by);
	const climbs = Array.from({ length: senders }, () => createClimb(first));
	let counts = climbs.map(() => first);
	const history: number[][] = [];
	const rates: number[][] = [];
	for (let window = 0; window < windows; window++) {
		const now = ratesOn(lines(window), counts).map((rate) => rate * vary());
		history.push(counts);
		rates.push(now);
		counts = climbs.map((climb, index) =>
			climb({
				bytesPerSecond: now[index] as number,
				inUse: counts[index] as number,
				isTroubled: false,
			}),
		);
	}
	return { history, rates };
}

const mean = (numbers: number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
const times = (count: number, value: number) => Array.from({ length: count }, () => value);
const seeds = Array.from({ length: 50 }, (_, index) => index + 1);

describe('the number of connections', () => {
	it('doubles while the rate grows, up to the most', () => {
		const { history } = transfer(() => ({ each: 0.15, cap: 1_000 }), 8);
		expect(history.map(([count]) => count)).toEqual([8, 16, 32, 64, 64, 64, 64, 64]);
	});

	it.each(seeds)('returns to eight where more bring nothing, and costs at most 3 %% of the rate (seed %i)', (seed) => {
		const line = { each: 100, cap: 200, overhead: 0.003 };
		const { history, rates } = transfer(() => line, 200, { seed });
		const best = ratesOn(line, [8])[0] as number;
		expect(mean(rates.map(([rate]) => rate as number))).toBeGreaterThan(0.97 * best * 0.99);
		expect(history.filter(([count]) => count === 8).length).toBeGreaterThan(180);
	});

	it.each(seeds)('reaches at least 0.9 of what any fixed number would (seed %i)', (seed) => {
		for (const line of [
			{ each: 0.15, cap: 1_000 },
			{ each: 1, cap: 10 },
			{ each: 1, cap: 100 },
			{ each: 5, cap: 100 },
			{ each: 2, cap: 40, overhead: 0.002 },
		]) {
			const best = Math.max(...[4, 8, 16, 32, 64].map((count) => ratesOn(line, [count])[0] as number));
			// After the first twenty seconds, of which a window takes three.
			const { rates } = transfer(() => line, 200, { seed });
			expect(mean(rates.slice(7).map(([rate]) => rate as number))).toBeGreaterThan(0.9 * best);
		}
	});

	it.each(seeds)(
		'reaches at least 0.9 although rates vary by 15 %% and the first ones are too high (seed %i)',
		(seed) => {
			// The queues of the line fill in some seconds; then packets are lost. Twice the connections bring a third more.
			const best = 40 * 1.33 ** 3;
			const rateOf = (count: number, window: number) =>
				(count / 8) ** Math.log2(1.33) * (40 + 50 * Math.exp(-window / 2));
			const line = (window: number): Line => ({ each: 0, cap: Infinity, rate: (count) => rateOf(count, window) });
			const { rates } = transfer(line, 33, { seed, by: 0.15 });
			const reached = mean(rates.slice(7).map(([rate]) => rate as number)) / best;
			expect(reached).toBeGreaterThan(0.9);
		},
	);

	/** Without loss, on which TCP takes long to double the rate of connections that are left. */
	function refillingLine(seed: number, climb = createClimb()): { counts: number[]; full: number } {
		const vary = noise(seed, 0.05);
		let [count, reach] = [8, 1];
		const [counts, shares]: [number[], number[]] = [[], []];
		for (let window = 0; window < 150; window++) {
			counts.push(count);
			shares.push(reach);
			const next = climb({ bytesPerSecond: 330 * 1024 * 1024 * reach * vary(), inUse: count, isTroubled: false });
			reach = next > count ? 1 : Math.min(1, (reach * 1.08 * next) / count);
			count = next;
		}
		return { counts, full: mean(shares.slice(7)) };
	}

	it.each(seeds)('does not take a line that refills slowly for one that needs more (seed %i)', (seed) => {
		const { counts, full } = refillingLine(seed);
		expect(full).toBeGreaterThan(0.9);
		expect(counts.filter((count) => count === 64).length).toBeLessThan(15);
	});

	/**
	 * Each connection is fast until its first packet is lost, and a part of 32 MiB takes almost a minute after that: so long do connections
	 * that are no longer wanted stay in use.
	 *
	 * @returns the rate of each second, in MiB/s
	 */
	function lossyLine(seed: number, { each = 0.6, burst = 8, cap = 40 } = {}): number[] {
		const [climb, vary, varyEach] = [createClimb(), noise(seed), noise(seed + 1_000, 0.3)];
		let [count, settling] = [8, 3];
		let connections: Array<{ age: number; left: number }> = [];
		let window: number[] = [];
		return Array.from({ length: 80 }, () => {
			while (connections.length < count) connections.push({ age: 0, left: 32 });
			const asked = connections.map(
				({ age }) => each * varyEach() * (1 + burst * Math.min(1, Math.exp((2 - age) / 1.2))),
			);
			const total = asked.reduce((sum, rate) => sum + rate, 0);
			const carried = Math.min(1, cap / total) * vary();
			let surplus = connections.length - count;
			connections = connections.flatMap(({ age, left }, index) => {
				const rest = left - (asked[index] as number) * carried;
				if (rest <= 0 && surplus-- > 0) return [];
				return [{ age: age + 1, left: rest > 0 ? rest : 32 }];
			});
			if (settling > 0) settling--;
			else window.push(total * carried);
			if (window.length === 2) {
				const next = climb({
					bytesPerSecond: mean(window) * 1024 * 1024,
					inUse: connections.length,
					isTroubled: false,
				});
				if (next !== count) settling = 1;
				count = next;
				window = [];
			}
			return total * carried;
		});
	}

	it.each(seeds)('does not wait for the parts of an attempt that a burst made look useless (seed %i)', (seed) => {
		for (const line of [{}, { cap: 36 }, { cap: 45 }, { cap: 60 }, { cap: 25 }, { each: 0.18, burst: 1 }]) {
			const { each, cap } = { each: 0.6, cap: 40, ...line };
			expect(mean(lossyLine(seed, line).slice(20))).toBeGreaterThan(0.9 * Math.min(64 * each, cap));
		}
	});

	it('stays where it is best instead of swinging', () => {
		const { history } = transfer(() => ({ each: 1, cap: 32 }), 400);
		const changes = history.slice(20).filter(([count], index, all) => index > 0 && count !== all[index - 1]?.[0]);
		// Attempts at growing intervals: there and back.
		expect(changes.length).toBeLessThan(40);
		expect(history.slice(20).filter(([count]) => count === 32).length).toBeGreaterThan(340);
	});

	it('tries more than are in use, also of those that it has given up but that take long to end', () => {
		const climb = createClimb();
		let [count, inUse] = [8, 8];
		const counts: number[] = [];
		for (let window = 0; window < 13; window++) {
			// What the first connections do before packets are lost makes twice as many look useless.
			const bytesPerSecond = window === 0 ? 16 : inUse;
			count = climb({ bytesPerSecond, inUse, isTroubled: false });
			counts.push(count);
			inUse = Math.max(inUse, count);
		}
		expect(counts.slice(0, 2)).toEqual([16, 8]);
		expect(counts[7]).toBe(64);
	});

	/** @returns the number after each window, all of which are in use */
	const countsAt = (rates: number[], climb = createClimb()): number[] =>
		rates.reduce<number[]>((counts, bytesPerSecond) => {
			return [...counts, climb({ bytesPerSecond, inUse: counts.at(-1) ?? 8, isTroubled: false })];
		}, []);

	it.each([
		{ rates: [100, 111], counts: [16, 32], means: 'goes on at once where twice as many bring enough' },
		{ rates: [100, 99], counts: [16, 8], means: 'gives up where twice as many bring nothing' },
		{ rates: [100, 105, 111], counts: [16, 32, 64], means: 'judges two doublings together that bring little each' },
		{
			rates: [100, 105, 99],
			counts: [16, 32, 8],
			means: 'gives up both where the second one takes what the first brought',
		},
		{ rates: [100, 105, 108, 112, 112], counts: [16, 32, 64, 64, 64], means: 'judges three doublings together' },
		{
			rates: [100, 105, 108, 109, 112, 112],
			counts: [16, 32, 64, 64, 64, 64],
			means: 'judges the most by two windows',
		},
		{
			rates: [100, 105, 108, 109, 110],
			counts: [16, 32, 64, 64, 8],
			means: 'gives up the most if both show too small a gain',
		},
		{ rates: [100, 105, 140, 145, 130], counts: [16, 32, 64, 64, 32], means: 'compares with what the last gain was' },
	])('$means: $rates', ({ rates, counts }) => {
		expect(countsAt(rates)).toEqual(counts);
	});

	it('returns to what it has given up if the rate of before falls by itself: the first one was too high', () => {
		expect(countsAt([100, 90, 50, 70])).toEqual([16, 8, 8, 32]);
		expect(countsAt([100, 90, 98, 70])).toEqual([16, 8, 8, 32]);
		expect(countsAt([100, 90, 50, 85])).toEqual([16, 8, 8, 8]);
		// Only what was measured last: later, the line may be another one.
		expect(countsAt([100, 90, 50, 85, 70])).toEqual([16, 8, 8, 8, 8]);
		expect(countsAt([100, 101, 90, 50, 70])).toEqual([16, 32, 8, 8, 64]);
	});

	describe('on a fast line, which those that are left refill slowly', () => {
		const countsAtMebibytes = (rates: number[]) => countsAt(rates.map((rate) => rate * 1024 * 1024));

		it('judges them after 22 s, of which one was for settling', () => {
			expect(countsAtMebibytes([320, 310, ...times(9, 200), 305, 305])).toEqual([16, ...times(12, 8)]);
			expect(countsAtMebibytes([320, 310, 305, ...times(10, 200)])).toEqual([16, ...times(11, 8), 32]);
		});

		it('judges them after 24 s at the latest', () => {
			expect(countsAtMebibytes([3_200, 3_100, ...times(12, 1_000), 1_000])).toEqual([16, ...times(13, 8), 32]);
		});

		it('returns no more to what it has given up once they have refilled it', () => {
			expect(countsAtMebibytes([320, 310, 200, 311, ...times(20, 200)])).toEqual([16, ...times(23, 8)]);
		});

		it.each([
			{ first: 320, tried: 310, windows: 100 },
			{ first: 85, tried: 83, windows: 20 },
		])('tries again after ten times as long as they may take: $windows windows', ({ first, tried, windows }) => {
			const rates = [first, tried, first, ...times(windows + 1, first)];
			expect(countsAtMebibytes(rates)).toEqual([16, ...times(windows + 2, 8), 16]);
		});

		it('tries again no sooner than on a slow line once several attempts have brought nothing', () => {
			const attempts = countsAtMebibytes(times(300, 85)).flatMap((count, window) => (count > 8 ? [window] : []));
			const windows = attempts.map((window, index) => window - (attempts[index - 1] ?? 0)).slice(-3);
			expect(windows).toEqual([43, 43, 43]);
		});

		it('does not wait after trouble', () => {
			const climb = createClimb();
			const at = (mebibytes: number, inUse: number, isTroubled = false) =>
				climb({ bytesPerSecond: mebibytes * 1024 * 1024, inUse, isTroubled });
			expect([at(320, 8), at(310, 16), at(0, 8, true)]).toEqual([16, 8, 4]);
			expect(times(4, 100).map((rate) => at(rate, 4))).toEqual([4, 4, 4, 8]);
		});

		it('tries still more only if each doubling shows, in two windows', () => {
			expect(countsAtMebibytes([320, 330, 330])).toEqual([16, 16, 8]);
			expect(countsAtMebibytes([320, 330, 375])).toEqual([16, 16, 32]);
		});
	});

	describe('while what it has given up is still in use', () => {
		/** @returns the number after each window, the first two of which give up 16 connections */
		const countsWith = (rates: number[], inUse: number[], unit = 1): number[] => {
			const climb = createClimb();
			return [100, 90, ...rates].map((rate, window) =>
				climb({ bytesPerSecond: rate * unit, inUse: [8, 16, ...inUse][window] as number, isTroubled: false }),
			);
		};

		it.each([
			{
				rates: [90, 70, 70],
				inUse: [16, 15, 14],
				counts: [8, 8, 32],
				means: 'returns to it if the rate falls in several windows',
			},
			{
				rates: [70, 70, 70],
				inUse: [9, 8, 8],
				counts: [8, 8, 32],
				means: 'does not return to it because of one window',
			},
			{
				rates: [90, 90, 90],
				inUse: [16, 16, 16],
				counts: [8, 8, 8],
				means: 'does not return to it if it brings what it did',
			},
			{ rates: [90, 95, 95, 40], inUse: [9, 8, 8, 9], counts: [8, 8, 8, 8], means: 'forgets it once it has ended' },
		])('$means', ({ rates, inUse, counts }) => {
			expect(countsWith(rates, inUse)).toEqual([16, 8, ...counts]);
		});

		it('does not return to it on a fast line, which those that are left refill slowly', () => {
			expect(countsWith([60, 60, 60], [9, 9, 9], 0.85 * 1024 * 1024)).toEqual([16, 8, 8, 8, 8]);
		});
	});

	describe('while the processor limits the rate', () => {
		/** @param isBusy in each window */
		const countsWhileBusy = (rates: number[], isBusy = (_window: number): boolean => true): number[] => {
			const climb = createClimb();
			let count = 8;
			return rates.map((rate, window) => {
				const sample = { bytesPerSecond: rate, inUse: count, isTroubled: false, isBusy: isBusy(window) };
				return (count = climb(sample));
			});
		};

		it('tries more after forty windows only, because it may be other work', () => {
			const counts = countsWhileBusy(times(41, 100));
			expect(counts.slice(0, 40)).toEqual(times(40, 8));
			expect(counts[40]).toBe(16);
		});

		it('tries again no sooner once that has brought nothing', () => {
			const counts = countsWhileBusy(times(200, 100));
			expect(counts.flatMap((count, window) => (count > 8 ? [window] : []))).toEqual([40, 83, 126, 169]);
		});

		it('goes on with more if they bring something nevertheless', () => {
			expect(countsWhileBusy([...times(41, 100), 200, 400]).slice(-3)).toEqual([16, 32, 64]);
		});

		it('takes a small gain for none', () => {
			expect(countsWhileBusy([...times(41, 100), 104, 104]).slice(-3)).toEqual([16, 16, 8]);
		});

		it('waits as long as those that are left take to refill a fast line', () => {
			const fast = 320 * 1024 * 1024;
			const counts = countsWhileBusy([...times(41, fast), fast * 0.97, ...times(60, fast)]);
			expect(counts.slice(40)).toEqual([16, ...times(61, 8)]);
		});

		it('tries fewer no later than with time after more have brought nothing', () => {
			const climb = createClimb(16);
			let count = 16;
			const next = (window: number) => {
				const sample = { bytesPerSecond: 100, inUse: count, isTroubled: false, isBusy: window > 3 };
				return (count = climb(sample));
			};
			expect(Array.from({ length: 12 }, (_, window) => next(window))).toEqual([
				...[16, 16, 16, 32],
				...[16, ...times(4, 16), 8, 8, 8],
			]);
		});

		it('tries more at once when it has time again', () => {
			expect(countsWhileBusy(times(5, 100), (window) => window < 3)).toEqual([8, 8, 8, 16, 8]);
		});

		it('tries fewer no later', () => {
			const climb = createClimb(64);
			const busy = { bytesPerSecond: 100, inUse: 64, isTroubled: false, isBusy: true };
			expect(times(4, 64).map(() => climb(busy))).toEqual([64, 64, 64, 32]);
		});
	});

	it('does not return to what it has given up after trouble, nor to fewer', () => {
		const climb = createClimb();
		const at = (bytesPerSecond: number, inUse: number, isTroubled = false) =>
			climb({ bytesPerSecond, inUse, isTroubled });
		expect([at(100, 8), at(90, 16), at(0, 8, true), at(50, 4), at(50, 4)]).toEqual([16, 8, 4, 4, 4]);
		expect(countsAt([100, 100, 100, 100, 90, 50, 50, 50], createClimb(64))).toEqual([64, 64, 64, 32, 64, 64, 64, 64]);
	});

	it('measures anew what it returns to', () => {
		// Some windows until the next attempt, of which the last ones are compared with.
		// 90 is less than the 94 that 16 have brought, though more than the mean with what was there before.
		expect(countsAt([100, 90, 50, 85, 85, 85, 85, 94, 90])).toEqual([16, 8, 8, 8, 8, 8, 16, 32, 16]);
	});

	it('doubles what is in use, also for the second time', () => {
		const climb = createClimb();
		const at = (bytesPerSecond: number, inUse: number) => climb({ bytesPerSecond, inUse, isTroubled: false });
		expect([at(100, 8), at(105, 20)]).toEqual([16, 40]);
	});

	it('does not judge fewer while more are still in use, unless the rate falls', () => {
		const climb = createClimb(64);
		const at = (bytesPerSecond: number, inUse: number) => climb({ bytesPerSecond, inUse, isTroubled: false });
		const settled = Array.from({ length: 4 }, () => at(100, 64));
		expect(settled).toEqual([64, 64, 64, 32]);
		expect([at(100, 64), at(100, 40)]).toEqual([32, 32]);
		expect(at(90, 33)).toBe(64);
	});

	it('tries no fewer while the last attempt at it has not ended', () => {
		const climb = createClimb(64);
		const at = (inUse: number) => climb({ bytesPerSecond: 100, inUse, isTroubled: false });
		Array.from({ length: 4 }, () => at(64));
		expect(at(32)).toBe(32);
		expect(Array.from({ length: 20 }, () => at(64))).toEqual(Array.from({ length: 20 }, () => 32));
	});

	it('follows a line that changes', () => {
		const { history } = transfer((window) => (window < 100 ? { each: 50, cap: 100 } : { each: 1, cap: 1_000 }), 300);
		expect(history[90]).toEqual([8]);
		// But for an attempt at fewer.
		expect(history.slice(280).filter(([count]) => count === 64).length).toBeGreaterThan(17);
		const back = transfer((window) => (window < 50 ? { each: 1, cap: 1_000 } : { each: 50, cap: 100 }), 600);
		expect(back.history[590]?.[0]).toBeLessThanOrEqual(16);
	});

	it.each(seeds)('shares a line with a second sender that does the same (seed %i)', (seed) => {
		const { rates } = transfer(() => ({ each: 1, cap: 40 }), 300, { senders: 2, seed });
		const [first, second] = [0, 1].map((sender) => mean(rates.slice(50).map((each) => each[sender] as number)));
		const share = (first as number) / ((first as number) + (second as number));
		expect(share).toBeGreaterThan(0.4);
		expect(share).toBeLessThan(0.6);
	});

	it('halves in trouble, down to one, and grows again afterwards', () => {
		const climb = createClimb();
		const trouble = { bytesPerSecond: 0, inUse: 0, isTroubled: true };
		expect([climb(trouble), climb(trouble), climb(trouble), climb(trouble)]).toEqual([4, 2, 1, 1]);
		let count = 1;
		for (let window = 0; window < 60; window++)
			count = climb({ bytesPerSecond: Math.min(count, 20), inUse: count, isTroubled: false });
		expect(count).toBeGreaterThanOrEqual(16);
	});

	it('begins with what an earlier transfer has found', () => {
		const { history } = transfer(() => ({ each: 0.15, cap: 1_000 }), 3, { first: 64 });
		expect(history.map(([count]) => count)).toEqual([64, 64, 64]);
	});
});

/** What one window of time has shown, during which the number of connections did not change. */
export interface LineSample {
	bytesPerSecond: number;
	/** How many connections were in use. More than their number while parts that were begun before it fell are still on their way. */
	inUse: number;
	/** Whether a request timed out, or the server asked for fewer. */
	isTroubled: boolean;
	/** Whether the processor had no time left: then it limits the rate, and more connections only take more of its time. Default: false. */
	isBusy?: boolean;
}

/** Enough for a line without delay or loss. */
export const firstConnections = 8;
/** More cost the processor more than they bring. */
export const mostConnections = 64;

/** Twice the connections must bring at least this much, or they only share what there is. Rates vary by some percent. */
const worthwhileGain = 1.1;
/** Half the connections are enough if they are as fast as this. */
const acceptableLoss = 0.97;
/** Windows between two attempts. Doubles each time an attempt brought nothing. */
const firstHold = 3;
const longestHold = 40;
/** The line is not full while it refills after an attempt: at intervals of ten times as long or more, that costs a few percent. */
const holdPerRefill = 10;

/** Longer than any round trip, long enough for a mean. */
export const windowMs = 2_000;
/** After a change, new connections take some round trips to reach their rate. */
export const settlingMs = 1_000;

/**
 * What TCP allows a connection to add without losing packets, in bytes per second each second: a packet per round trip in each round trip,
 * which is here 1,448 bytes and 40 ms.
 */
const refillRate = 1448 / 0.04 ** 2;
const longestRefill = 12;

/** A number of connections, and the rate with it. */
interface Measured {
	count: number;
	rate: number;
}

/**
 * @param former the connections of which some are given back
 * @param count of those that are left
 * @returns how many windows it takes the latter to carry as much: the faster the line, the more
 */
function windowsToRefill(former: Measured, count: number): number {
	const ms = ((former.rate / count - former.rate / former.count) / refillRate) * 1000;
	return Math.min(longestRefill, Math.max(1, Math.floor((ms - settlingMs) / windowMs)));
}

/**
 * Finds how many connections fill the line: doubles their number while the total rate grows, returns to the former number when
 * it does not, and tries again at growing intervals, because a line changes. Halves the number when the line is in trouble, and
 * never tries fewer than {@link firstConnections} otherwise: fewer bring nothing.
 * @param first remembered from an earlier transfer
 * @returns a function that takes one sample after the other and returns the number of connections for the next window
 */
export function createClimb(first = firstConnections, most = mostConnections): (sample: LineSample) => number {
	let count = Math.min(first, most);
	/** The number that is in use between attempts. */
	let best: Measured | undefined;
	let attempt: 'more' | 'fewer' | undefined;
	/** In the first window of an attempt that does not go on and showed a gain that is too small: it gets another window. */
	let firstRate: number | undefined;
	/** The last attempt at more, as long as what it was compared with has not been measured again. */
	let givenUp: Measured | undefined;
	/** How many windows say nothing about those that are left, because they have not taken the room of the others yet. */
	let refillLeft = 0;
	let nextAttempt: 'more' | 'fewer' = 'more';
	let hold = firstHold;
	/** Windows since the last attempt, and how many there must be. */
	let held = 0;
	let holdFor = first > firstConnections ? hold : 0;
	const settle = (at: Measured, next: 'more' | 'fewer'): void => {
		best = at;
		count = at.count;
		attempt = undefined;
		firstRate = undefined;
		givenUp = undefined;
		refillLeft = 0;
		nextAttempt = next;
		held = 0;
		holdFor = hold;
	};
	const isMoreNext = (): boolean => nextAttempt === 'more' || count <= firstConnections;
	const begin = (inUse: number): void => {
		const fewer = Math.max(firstConnections, Math.ceil(count / 2));
		if (isMoreNext()) nextAttempt = inUse >= most ? 'fewer' : 'more';
		// Twice as many as the rate was measured with.
		const tried = nextAttempt === 'more' ? Math.min(most, inUse * 2) : fewer;
		if (nextAttempt === 'fewer' && (tried >= count || inUse > count)) return;
		attempt = nextAttempt;
		count = tried;
	};
	/** Go on at once. */
	const grow = (to: Measured): void => {
		hold = firstHold;
		settle(to, 'more');
		if (count < most) begin(count);
	};
	const giveUp = (former: Measured, tried: Measured): void => {
		const wasMore = attempt === 'more';
		settle(former, wasMore ? 'fewer' : 'more');
		hold = Math.min(longestHold, hold * 2);
		if (!wasMore) return;
		givenUp = tried;
		refillLeft = windowsToRefill(tried, count);
		if (refillLeft > 1) holdFor = Math.max(holdFor, holdPerRefill * refillLeft);
	};
	const refill = (rate: number): void => {
		refillLeft--;
		if (refillLeft === 0 || best === undefined || rate < best.rate * acceptableLoss) return;
		// Full before its time: what was given up has brought nothing.
		refillLeft = 0;
		givenUp = undefined;
	};
	const judge = (former: Measured, rate: number, { inUse, isBusy }: LineSample): void => {
		const isMore = attempt === 'more';
		if (isMore && rate >= former.rate * worthwhileGain) grow({ count, rate });
		else if (
			isMore &&
			rate > former.rate &&
			count < most &&
			!isBusy &&
			windowsToRefill({ count, rate }, former.count) === 1
		) {
			// Each doubling may bring too little to tell it from noise, but all together much. Where the way back is long, each must show.
			count = Math.min(most, Math.max(count, inUse) * 2);
		} else if (isMore && rate > former.rate && firstRate === undefined) firstRate = rate;
		else if (isMore || rate < former.rate * acceptableLoss) giveUp(former, { count, rate });
		else if (inUse <= count) settle({ count, rate }, 'fewer');
	};
	/** Between two attempts. */
	const follow = ({ bytesPerSecond: rate, inUse, isBusy }: LineSample): void => {
		const isOver = inUse > count;
		const tried = refillLeft > 1 ? undefined : givenUp;
		// The mean of the last windows, so that one slow moment does not make an attempt look good.
		const mean = best === undefined ? rate : (best.rate + rate) / 2;
		// Parts that were begun in an attempt may take a minute to end. If the rate falls even with them, there is no need to wait for that.
		const current = isOver || tried === undefined ? mean : rate;
		// The first connections seem to be fast until the line is full, and rates vary: it was compared with too high a rate.
		if (tried !== undefined && tried.rate >= current * worthwhileGain) return grow(tried);
		if (!isOver) givenUp = undefined;
		best = { count, rate: current };
		// It may be other work that keeps the processor busy: then more bring something nevertheless.
		const used = Math.max(count, inUse);
		const wanted = isBusy && isMoreNext() && used < most ? Math.max(longestHold, holdFor) : holdFor;
		if (held < wanted) held++;
		else begin(used);
	};
	return (sample) => {
		const { bytesPerSecond, inUse, isTroubled } = sample;
		if (isTroubled) {
			hold = firstHold;
			settle({ count: Math.max(1, Math.floor(count / 2)), rate: 0 }, 'more');
			best = undefined;
		} else if (attempt !== undefined && best !== undefined) {
			judge(best, firstRate === undefined ? bytesPerSecond : (firstRate + bytesPerSecond) / 2, sample);
		} else if (refillLeft > 0 && inUse <= count) {
			refill(bytesPerSecond);
		} else {
			follow(sample);
		}
		return count;
	};
}

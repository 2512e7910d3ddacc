/** What one window of time has shown, during which the number of connections did not change. */
export interface LineSample {
	bytesPerSecond: number;
	/** How many connections were in use. More than their number while parts that were begun before it fell are still on their way. */
	inUse: number;
	/** Whether a request timed out, or the server asked for fewer. */
	isTroubled: boolean;
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
const firstHold = 5;
const longestHold = 40;

/**
 * Finds how many connections fill the line: doubles their number while the total rate grows, returns to the former number when
 * it does not, and tries again at growing intervals, because a line changes. Halves the number when the line is in trouble, and
 * never tries fewer than {@link firstConnections} of its own accord: fewer bring nothing.
 * @param first remembered from an earlier transfer
 * @returns a function that takes one sample after the other and returns the number of connections for the next window
 */
export function createClimb(first = firstConnections, most = mostConnections): (sample: LineSample) => number {
	let count = Math.min(first, most);
	/** The number that is in use between attempts, and the rate with it. */
	let best: { count: number; rate: number } | undefined;
	let attempt: 'more' | 'fewer' | undefined;
	/** In the first window of an attempt that brought less than it must, but something: rates vary, so it gets another window. */
	let firstRate: number | undefined;
	let nextAttempt: 'more' | 'fewer' = 'more';
	let hold = firstHold;
	let holdLeft = first > firstConnections ? hold : 0;
	const settle = (at: { count: number; rate: number }, next: 'more' | 'fewer'): void => {
		best = at;
		count = at.count;
		attempt = undefined;
		firstRate = undefined;
		nextAttempt = next;
		holdLeft = hold;
	};
	const begin = (inUse: number): void => {
		const fewer = Math.max(firstConnections, Math.ceil(count / 2));
		if (nextAttempt === 'fewer' && fewer >= count) nextAttempt = 'more';
		if (nextAttempt === 'more' && inUse >= most) nextAttempt = 'fewer';
		// Twice as many as the rate was measured with.
		const tried = nextAttempt === 'more' ? Math.min(most, inUse * 2) : fewer;
		if (nextAttempt === 'fewer' && (tried >= count || inUse > count)) return;
		attempt = nextAttempt;
		count = tried;
	};
	return ({ bytesPerSecond, inUse, isTroubled }) => {
		const rate = firstRate === undefined ? bytesPerSecond : (firstRate + bytesPerSecond) / 2;
		if (isTroubled) {
			hold = firstHold;
			settle({ count: Math.max(1, Math.floor(count / 2)), rate: 0 }, 'more');
			best = undefined;
			return count;
		}
		if (attempt === undefined || best === undefined) {
			// The mean of the last windows, so that one slow moment does not make an attempt look good.
			best = { count, rate: best === undefined ? rate : (best.rate + rate) / 2 };
			if (holdLeft > 0) holdLeft--;
			else begin(Math.max(count, inUse));
			return count;
		}
		const former = best;
		if (attempt === 'more' && rate >= former.rate * worthwhileGain) {
			hold = firstHold;
			settle({ count, rate }, 'more');
			// It grows: go on at once.
			if (count < most) begin(count);
		} else if (attempt === 'more' && firstRate === undefined && rate > former.rate) {
			firstRate = rate;
		} else if (attempt === 'fewer' && rate >= former.rate * acceptableLoss) {
			if (inUse <= count) settle({ count, rate }, 'fewer');
		} else {
			settle(former, attempt === 'more' ? 'fewer' : 'more');
			hold = Math.min(longestHold, hold * 2);
		}
		return count;
	};
}

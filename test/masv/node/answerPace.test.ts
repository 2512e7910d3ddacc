import { AnswerPace } from '../../../masv/node/answerPace';

const minute = 60_000;
const mebibyte = 1024 * 1024;

/** What a part may take of which there is nothing else under way. */
function allowed(pace: AnswerPace, bytes: number, sentMs: number): number {
	pace.begin(bytes);
	const ms = pace.allowedMs(sentMs);
	pace.end(bytes);
	return ms;
}

describe('the answer to a part may take', () => {
	it('five minutes, however fast its bytes were handed over', () => {
		expect(allowed(new AnswerPace(), 100 * mebibyte, 1)).toBe(5 * minute);
	});

	it('ten times as long as handing over its bytes took', () => {
		expect(allowed(new AnswerPace(), 100 * mebibyte, 40 * minute)).toBe(400 * minute);
	});

	it('ten times as long as the parts before it, by their size', () => {
		const pace = new AnswerPace();
		pace.noteAnswer(10 * mebibyte, 4 * minute);
		expect(allowed(pace, 20 * mebibyte, 1)).toBe(80 * minute);
	});

	it('no longer because small parts before it had a long latency', () => {
		const pace = new AnswerPace();
		pace.noteAnswer(7, 1_000);
		expect(allowed(pace, 100 * mebibyte, 1)).toBe(1_000_000);
	});

	it('a day at most: a timer that counts too far ends at once', () => {
		expect(allowed(new AnswerPace(), 100 * mebibyte, 6_000 * minute)).toBe(24 * 60 * minute);
	});

	it('less again on a line that has become faster, but not after one fast part', () => {
		const pace = new AnswerPace();
		pace.noteAnswer(10 * mebibyte, 4 * minute);
		pace.noteAnswer(10 * mebibyte, 1);
		expect(allowed(pace, 10 * mebibyte, 1)).toBeGreaterThan(30 * minute);
		for (let part = 0; part < 50; part++) pace.noteAnswer(10 * mebibyte, 1);
		expect(allowed(pace, 10 * mebibyte, 1)).toBe(5 * minute);
	});

	it('twice as long after each one that did not come, up to an hour', () => {
		const pace = new AnswerPace();
		const times = Array.from({ length: 6 }, (_, time) => {
			pace.noteTimeout(time, time);
			return allowed(pace, mebibyte, 1) / minute;
		});
		expect(times).toEqual([10, 20, 40, 60, 60, 60]);
	});

	it('twice as long, once, after those did not come that were waited for together', () => {
		const pace = new AnswerPace();
		for (let part = 0; part < 64; part++) pace.noteTimeout(part, 300_000 + part);
		expect(allowed(pace, mebibyte, 1)).toBe(10 * minute);
	});

	it('half as long after each one that came', () => {
		const pace = new AnswerPace();
		pace.noteTimeout(0, 0);
		pace.noteTimeout(1, 1);
		const times = Array.from({ length: 3 }, () => {
			pace.noteAnswer(mebibyte, 1);
			return allowed(pace, mebibyte, 1) / minute;
		});
		expect(times).toEqual([10, 5, 5]);
	});
});

/** How long a gateway takes that accepts parts at once, and passes all of them on together at this rate. */
function answerMs(parts: number, partBytes: number, mebibytesPerSecond: number): number {
	return ((parts * partBytes) / (mebibytesPerSecond * mebibyte)) * 1_000;
}

describe('the answers to many parts that share a line', () => {
	const partBytes = 32 * mebibyte;
	const rates = [1, 2, 10, 100];

	it.each(rates)('are waited for, also to the first 64, behind a gateway that passes on %i MiB/s', (rate) => {
		const pace = new AnswerPace();
		for (let part = 0; part < 64; part++) pace.begin(partBytes);
		expect(pace.allowedMs(1)).toBeGreaterThan(answerMs(64, partBytes, rate));
	});

	it.each(rates)('are waited for when 8 parts become 64 behind a gateway that passes on %i MiB/s', (rate) => {
		const pace = new AnswerPace();
		for (let part = 0; part < 8; part++) pace.begin(partBytes);
		for (let part = 0; part < 100; part++) pace.noteAnswer(8 * partBytes, answerMs(8, partBytes, rate));
		for (let part = 8; part < 64; part++) pace.begin(partBytes);
		// The same margin as for eight.
		expect(pace.allowedMs(1)).toBeGreaterThan(9 * answerMs(64, partBytes, rate));
	});

	it('are waited for five minutes only once the line is known to be fast, so that a lost request is sent again', () => {
		const pace = new AnswerPace();
		for (let part = 0; part < 64; part++) pace.begin(partBytes);
		for (let part = 0; part < 100; part++) pace.noteAnswer(64 * partBytes, answerMs(64, partBytes, 100));
		expect(pace.allowedMs(1)).toBe(5 * minute);
	});
});

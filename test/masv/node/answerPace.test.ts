import { AnswerPace } from '../../../masv/node/answerPace';

const minute = 60_000;
const mebibyte = 1024 * 1024;

describe('the answer to a part may take', () => {
	it('five minutes, however fast its bytes were handed over', () => {
		expect(new AnswerPace().allowedMs(100 * mebibyte, 1)).toBe(5 * minute);
	});

	it('ten times as long as handing over its bytes took', () => {
		expect(new AnswerPace().allowedMs(100 * mebibyte, 40 * minute)).toBe(400 * minute);
	});

	it('ten times as long as the parts before it, by their size', () => {
		const pace = new AnswerPace();
		pace.noteAnswer(10 * mebibyte, 4 * minute);
		expect(pace.allowedMs(20 * mebibyte, 1)).toBe(80 * minute);
	});

	it('no longer because small parts before it had a long latency', () => {
		const pace = new AnswerPace();
		pace.noteAnswer(7, 1_000);
		expect(pace.allowedMs(100 * mebibyte, 1)).toBe(1_000_000);
	});

	it('a day at most: a timer that counts too far ends at once', () => {
		expect(new AnswerPace().allowedMs(100 * mebibyte, 6_000 * minute)).toBe(24 * 60 * minute);
	});

	it('less again on a line that has become faster, but not after one fast part', () => {
		const pace = new AnswerPace();
		pace.noteAnswer(10 * mebibyte, 4 * minute);
		pace.noteAnswer(10 * mebibyte, 1);
		expect(pace.allowedMs(10 * mebibyte, 1)).toBeGreaterThan(30 * minute);
		for (let part = 0; part < 50; part++) pace.noteAnswer(10 * mebibyte, 1);
		expect(pace.allowedMs(10 * mebibyte, 1)).toBe(5 * minute);
	});

	it('twice as long after each one that did not come, up to an hour', () => {
		const pace = new AnswerPace();
		const allowed = Array.from({ length: 6 }, () => {
			pace.noteTimeout();
			return pace.allowedMs(mebibyte, 1) / minute;
		});
		expect(allowed).toEqual([10, 20, 40, 60, 60, 60]);
	});

	it('half as long after each one that came', () => {
		const pace = new AnswerPace();
		pace.noteTimeout();
		pace.noteTimeout();
		const allowed = Array.from({ length: 3 }, () => {
			pace.noteAnswer(mebibyte, 1);
			return pace.allowedMs(mebibyte, 1) / minute;
		});
		expect(allowed).toEqual([10, 5, 5]);
	});
});

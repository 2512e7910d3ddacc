import type { AnswerPace } from '../../../masv/node/answerPace';
import type { AnswerWait } from '../../../masv/node/answerWait';
import { answerLimit, createWait } from '../../../masv/node/answerWait';

const mebibyte = 1024 * 1024;

const request = {
	operation: 'upload part 1',
	method: 'PUT',
	url: 'https://storage.test/',
	headers: {},
	body: new Uint8Array(10),
	maxResponseBytes: 1,
};

/** A wait, and how many timers of it are running. */
function create(paces = new Map<string, AnswerPace>()) {
	const running = new Set<object>();
	const wait = createWait(
		'https://storage.test',
		request,
		paces,
		() => {
			const timer = {};
			running.add(timer);
			return () => running.delete(timer);
		},
		() => undefined,
	);
	return { wait, running };
}

/** Parts whose bytes have been handed over, their timers in the order in which they were set, and the parts that timed out. */
function createParts(paces: Map<string, AnswerPace>) {
	const timers: Array<() => void> = [];
	const timeouts: number[] = [];
	let parts = 0;
	const limits: number[] = [];
	const timer = (expire: () => void, ms: number): (() => void) => {
		limits.push(ms);
		const at = timers.push(expire) - 1;
		return () => (timers[at] = () => undefined);
	};
	const begin = (bytes: number): AnswerWait => {
		const part = parts++;
		const body = { ...request, body: emptyBody, headers: { 'content-length': String(bytes) } };
		const wait = createWait('https://storage.test', body, paces, timer, () => void timeouts.push(part));
		wait.start();
		return wait;
	};
	return { begin, timeouts, limits, run: (timer: number) => timers[timer]?.() };
}

const emptyBody: AsyncIterable<Uint8Array> = {
	[Symbol.asyncIterator]: () => ({ next: async () => await Promise.resolve({ done: true, value: undefined }) }),
};

describe('the wait for the answer to a part', () => {
	it('leaves no timer behind when the body counts as sent after the request has failed', () => {
		const { wait, running } = create();
		wait.stop();
		wait.start();
		expect(running.size).toBe(0);
	});

	it('leaves no timer behind when the body counts as sent after the answer', () => {
		const { wait, running } = create();
		wait.answered(false);
		wait.start();
		expect(running.size).toBe(0);
	});

	it('has one timer, however often the body counts as sent', () => {
		const { wait, running } = create();
		wait.start();
		wait.start();
		expect(running.size).toBe(1);
		wait.stop();
		expect(running.size).toBe(0);
	});

	it('goes on when more parts have begun in the meantime, and share the line', () => {
		const paces = new Map<string, AnswerPace>();
		const { timeouts, begin, run } = createParts(paces);
		begin(32 * mebibyte);
		// Five minutes for the first part; in its last second, there are 63 more.
		for (let part = 1; part < 64; part++) begin(32 * mebibyte);
		run(0);
		expect(timeouts).toEqual([]);
		run(64);
		expect(timeouts).toEqual([0]);
	});

	it('counts parts only as long as they are under way', () => {
		const paces = new Map<string, AnswerPace>();
		const { begin, limits } = createParts(paces);
		const waits = Array.from({ length: 64 }, () => begin(32 * mebibyte));
		waits.forEach((wait, part) => (part % 2 === 0 ? wait.stop() : wait.answered(false)));
		waits.forEach((wait) => wait.stop());
		begin(mebibyte);
		expect(limits.at(-1)).toBe(300_000);
	});

	it.each([
		['a request without a body', undefined, undefined],
		['text', '{}', undefined],
		['a small part', new Uint8Array(64 * 1024), 300_000],
		['a larger part', new Uint8Array(64 * 1024 + 1), 0],
		['a body in pieces', emptyBody, 0],
	])('is timed by the dispatcher for %s if it is short', (_, body, limit) => {
		expect(answerLimit('https://storage.test', { body }, new Map())).toBe(limit);
	});

	it('is as long for a small part as for others on the same slow line', () => {
		const paces = new Map<string, AnswerPace>();
		const { begin } = createParts(paces);
		for (let part = 0; part < 64; part++) begin(32 * mebibyte);
		const small = { body: new Uint8Array(10) };
		expect(answerLimit('https://storage.test', small, paces)).toBeGreaterThan(300_000);
		expect(answerLimit('https://other.test', small, paces)).toBe(300_000);
	});
});

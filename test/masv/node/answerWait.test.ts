import type { AnswerPace } from '../../../masv/node/answerPace';
import { createWait } from '../../../masv/node/answerWait';

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
	if (wait === undefined) throw new Error('There is no wait');
	return { wait, running };
}

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

	it('is not needed for requests without content in bytes', () => {
		expect(createWait('https://storage.test', { ...request, body: '{}' }, new Map(), () => () => undefined, fail)).toBe(
			undefined,
		);
	});
});

function fail(): never {
	throw new Error('Nothing is timed');
}

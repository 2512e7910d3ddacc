import { stopOnAbort } from '../../../masv/node/stopOnAbort';

/** Things to be stopped, and which of them were, and why. */
function stoppables(count: number) {
	const stopped: Array<[index: number, reason: unknown]> = [];
	const those = Array.from({ length: count }, (_, index) => ({
		fail: (reason: unknown) => void stopped.push([index, reason]),
	}));
	return { those, stopped };
}

describe('stopOnAbort', () => {
	it('stops what has not ended, whatever ended before, and in whatever order', () => {
		const abort = new AbortController();
		const { those, stopped } = stoppables(6);
		const ends = those.map((each) => stopOnAbort(abort.signal, each));
		for (const index of [0, 5]) ends[index]?.();
		// A second time, as when an error follows the end.
		ends[0]?.();
		abort.abort('reason');
		expect(stopped.sort()).toEqual([1, 2, 3, 4].map((index) => [index, 'reason']));
	});

	it('stops nothing that ends because of another', () => {
		const abort = new AbortController();
		const { those, stopped } = stoppables(3);
		const ends: Array<() => void> = [];
		ends.push(
			stopOnAbort(abort.signal, { fail: () => ends.forEach((end) => end()) }),
			...those.map((each) => stopOnAbort(abort.signal, each)),
		);
		abort.abort();
		expect(stopped).toEqual([]);
	});

	it('listens only while there is something to stop', () => {
		const abort = new AbortController();
		const add = jest.spyOn(abort.signal, 'addEventListener');
		const remove = jest.spyOn(abort.signal, 'removeEventListener');
		const { those, stopped } = stoppables(3);
		const ends = those.slice(0, 2).map((each) => stopOnAbort(abort.signal, each));
		expect(add).toHaveBeenCalledTimes(1);
		ends[0]?.();
		expect(remove).not.toHaveBeenCalled();
		ends[1]?.();
		expect(remove).toHaveBeenCalledTimes(1);
		stopOnAbort(abort.signal, those[2] as (typeof those)[number]);
		abort.abort('reason');
		expect(stopped).toEqual([[2, 'reason']]);
	});

	it('needs no signal', () => {
		const { those, stopped } = stoppables(1);
		stopOnAbort(undefined, those[0] as (typeof those)[number])();
		expect(stopped).toEqual([]);
	});
});

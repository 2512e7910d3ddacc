import { lookup } from 'node:dns';

import { MasvCancelledError } from '../../../masv/errors';
import type { EgressPolicy } from '../../../masv/node/egress';
import { createGuardedTransport } from '../../../masv/node/egress';
import { failureOf } from '../../support/failureOf';

describe('the network policy of a machine whose DNS does not respond', () => {
	let asked: string[];
	const silent: EgressPolicy = {
		validateUrl: async (url) => {
			asked.push(url);
			return await new Promise(() => undefined);
		},
		createSecureLookup: () => lookup,
	};
	beforeEach(() => (asked = []));

	const url = 'https://masv.invalid/';
	const request = { operation: 'ask', method: 'GET', url, headers: {}, maxResponseBytes: 99 };

	it('is not waited for once the request is canceled', async () => {
		const stop = new AbortController();
		const failure = failureOf(createGuardedTransport(silent)({ ...request, signal: stop.signal }));
		stop.abort();
		expect(await failure).toBeInstanceOf(MasvCancelledError);
		expect(asked).toEqual([url]);
	});

	it('leaves no timer behind once the request is canceled', async () => {
		jest.useFakeTimers();
		try {
			const stop = new AbortController();
			const failure = failureOf(createGuardedTransport(silent)({ ...request, signal: stop.signal }));
			stop.abort();
			await failure;
			expect(jest.getTimerCount()).toBe(0);
		} finally {
			jest.useRealTimers();
		}
	});

	it('is not asked for a request that was canceled before', async () => {
		const signal = AbortSignal.abort();
		expect(await failureOf(createGuardedTransport(silent)({ ...request, signal }))).toBeInstanceOf(MasvCancelledError);
		expect(asked).toEqual([]);
	});

	it('is waited for as long as for a connection', async () => {
		const guarded = createGuardedTransport(silent, { connectMs: 1, stallMs: 60_000 });
		expect(await failureOf(guarded(request))).toMatchObject({ code: 'connection_timeout', transient: true });
	});
});

import nock from 'nock';

import type { ClientOptions } from '../../masv/client';
import { MasvClient } from '../../masv/client';
import { instantClock } from './instantClock';
import { createDispatcher } from '../../masv/node/dispatcher';
import { nodeHashing } from '../../masv/node/nodeHashing';
import { createTransport } from '../../masv/node/undiciTransport';

export { failureOf } from './failureOf';

export const baseUrl = 'https://api.masv.test';
export const storageUrl = 'https://storage.masv.test';
export const apiKey = 'k{e<y=:!/,1';
export const teamId = 'TEAM1';

const transport = createTransport(createDispatcher());

/** A client whose control plane is described with nock and whose clock never waits. */
export function nockClient(more: Partial<ClientOptions> = {}): MasvClient {
	return new MasvClient({ baseUrl, apiKey, teamId, transport, clock: instantClock(), hashing: nodeHashing, ...more });
}

/** MASV as described by the test: every request in its order of description, nothing else. */
export function masv(options?: nock.Options): nock.Scope {
	return nock(baseUrl, options);
}

/** Call at the top of a test file: no request leaves the machine, and every described one must have come. */
export function useNock(): void {
	beforeAll(() => nock.disableNetConnect());
	afterEach(() => {
		const pending = nock.pendingMocks();
		nock.cleanAll();
		expect(pending).toEqual([]);
	});
}

// nock takes over Node's sockets as soon as it is loaded. jest runs many files in one process, each with a nock of its own:
// one that is not let go of would stand in the way of the next.
afterAll(() => {
	nock.cleanAll();
	nock.enableNetConnect();
	nock.restore();
});

/** For answers that were described more often than they may be asked for. */
export function forgetTheRest(): void {
	nock.cleanAll();
}

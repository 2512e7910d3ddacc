import nock from 'nock';

import type { ClientOptions } from '../../masv/client';
import { MasvClient } from '../../masv/client';
import { createDispatcher } from '../../masv/node/dispatcher';
import { nodeHashing } from '../../masv/node/nodeHashing';
import { createTransport } from '../../masv/node/undiciTransport';
import { instantClock } from './instantClock';
import { apiKey, baseUrl, teamId } from './testAccount';

export { failureOf } from './failureOf';
export * from './testAccount';

const transport = createTransport(createDispatcher());

/** A client for requests described with nock, with a clock that never waits. */
export function nockClient(more: Partial<ClientOptions> = {}): MasvClient {
	return new MasvClient({ baseUrl, apiKey, teamId, transport, clock: instantClock(), hashing: nodeHashing, ...more });
}

/** Describes the requests to MASV. Any other request fails. */
export function masv(options?: nock.Options): nock.Scope {
	return nock(baseUrl, options);
}

/** Call at the top of a test file: blocks network access, and fails a test if a described request was not sent. */
export function useNock(): void {
	beforeAll(() => nock.disableNetConnect());
	afterEach(() => {
		const pending = nock.pendingMocks();
		nock.cleanAll();
		expect(pending).toEqual([]);
	});
}

// nock patches Node's HTTP client when loaded. jest runs several files in one process, each with its own instance of nock;
// without this, an old instance would interfere with the next file.
afterAll(() => {
	nock.cleanAll();
	nock.enableNetConnect();
	nock.restore();
});

/** MASV tells this key nothing about the package P1, however it is asked. */
export function hidesPackage(times = 1): void {
	const none = { metadata: { total: 0 }, records: [] };
	masv()
		.get(`/v1.1/teams/${teamId}/packages/P1`)
		.times(times)
		.reply(404)
		.get(/\/packages\?/)
		.times(times)
		.reply(200, none)
		.get(/\/portals\?/)
		.times(times)
		.reply(200, none);
}

/** Removes the described requests that were not sent. */
export function forgetTheRest(): void {
	nock.cleanAll();
}

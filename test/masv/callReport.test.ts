import nock from 'nock';

import { describeCall } from '../../masv/callReport';
import type { CallReport } from '../../masv/callReport';
import { instantClock } from '../support/instantClock';
import { apiKey, failureOf, masv, nockClient, storageUrl, useNock } from '../support/nockMasv';

useNock();

const ping = { operation: 'ping', method: 'GET', path: '/v1/ping' } as const;

function recorder(): { reports: CallReport[]; client: ReturnType<typeof nockClient> } {
	const reports: CallReport[] = [];
	return { reports, client: nockClient({ clock: instantClock(), onCall: (report) => void reports.push(report) }) };
}

describe('the report of a call', () => {
	it('is made for every attempt, with its status and request ID', async () => {
		const { reports, client } = recorder();
		masv().get('/v1/ping').reply(503).get('/v1/ping').reply(204, '', { 'x-request-id': 'R2' });
		await client.call(ping);
		expect(reports).toMatchObject([
			{ operation: 'ping', status: 503, attempt: 1, requestId: undefined },
			{ operation: 'ping', status: 204, attempt: 2, requestId: 'R2' },
		]);
	});

	it('is made when there is no response', async () => {
		const { reports, client } = recorder();
		masv()
			.get('/v1/ping')
			.replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
			.get('/v1/ping')
			.reply(204);
		await client.call(ping);
		expect(reports.map(({ status, attempt }) => [status, attempt])).toEqual([
			[undefined, 1],
			[204, 2],
		]);
	});

	it('is made for requests to the storage, without their URL', async () => {
		const { reports, client } = recorder();
		nock(storageUrl).put('/part?signature=secret').reply(200, '', { 'x-amz-request-id': 'S1' });
		await client.storage('upload part 1 of "a.mov"', {
			method: 'PUT',
			url: `${storageUrl}/part?signature=secret`,
			headers: {},
		});
		expect(reports).toMatchObject([{ operation: 'upload part 1 of "a.mov"', status: 200, requestId: 'S1' }]);
		expect(JSON.stringify(reports)).not.toContain('secret');
	});

	it('contains no secret that a server repeats', async () => {
		const { reports, client } = recorder();
		masv()
			.get('/v1/ping')
			.reply(400, '', { 'x-request-id': `for ${apiKey}` });
		await failureOf(client.call(ping));
		expect(JSON.stringify(reports)).not.toContain(apiKey);
		expect(reports[0]?.requestId).toMatch(/^for /);
	});
});

describe('a line in the log', () => {
	it.each([
		[{ status: 200, attempt: 2, requestId: 'R1' }, 'get the package: status 200, 13 ms, attempt 2, request R1'],
		[{ status: undefined, attempt: 1, requestId: undefined }, 'get the package: no response, 13 ms, attempt 1'],
	])('shows what is known of a call: %j', (report, line) => {
		expect(describeCall({ operation: 'get the package', durationMs: 12.7, ...report })).toBe(line);
	});

	it('is one line, whatever ID was computed', () => {
		const operation = 'finalize package P1\n2026-11-26 debug: get the package: status 200';
		const report = { operation, status: 404, durationMs: 1, attempt: 1, requestId: undefined };
		expect(describeCall(report)).toMatch(/^finalize package P1\\u000a2026.* status 404, 1 ms, attempt 1$/);
	});
});

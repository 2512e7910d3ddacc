import { PassThrough, Readable } from 'node:stream';

import type { IWebhookFunctions } from 'n8n-workflow';

import { secretHeader } from '../../../masv/webhooks/event';
import { receive } from '../../../nodes/Masv/trigger/receipt';

const sent = { event_type: 'package.finalized', object: { id: 'P1' } };
const tooLong = Buffer.from(JSON.stringify({ ...sent, filler: 'x'.repeat(1_100_000) }));

/** Hands a request to the trigger as n8n does. @returns what starts the workflow, or the status of the response */
async function hand(request: Readable & { rawBody?: Buffer; body?: object }): Promise<unknown> {
	let answered: number | undefined;
	const response = {
		writeHead: (status: number) => {
			answered = status;
			return { end: () => undefined };
		},
	};
	const n8n = {
		getMode: () => 'manual',
		getWorkflowStaticData: () => ({ setup: { isTest: true, secret: '5ec2e75ec2e7' } }),
		getNodeParameter: (_: string, fallback: unknown) => fallback,
		getHeaderData: () => ({ [secretHeader]: '5ec2e75ec2e7' }),
		getRequestObject: () => Object.assign(request, { headers: {} }),
		getResponseObject: () => response,
		getBodyData: () => request.body,
	};
	const { workflowData } = await receive(n8n as unknown as IWebhookFunctions);
	return workflowData?.[0]?.[0]?.json ?? answered;
}

const readBefore = async (): Promise<Readable> => {
	const request = Readable.from([]);
	await request.toArray();
	return request;
};

describe('the body of an event', () => {
	it.each([
		['that n8n has read before', sent, sent],
		['that n8n has read before, if it is no event', { hello: 'world' }, 400],
	])('%s', async (_, body, outcome) => {
		expect(await hand(Object.assign(await readBefore(), { body }))).toEqual(outcome);
	});

	it.each([
		['of which n8n keeps a copy', Buffer.from(JSON.stringify(sent)), sent],
		['of which n8n keeps a copy, if it is too long', tooLong, 400],
	])('%s', async (_, rawBody, outcome) => {
		expect(await hand(Object.assign(new PassThrough(), { rawBody }))).toEqual(outcome);
	});

	it('of which nothing comes any more, because the sender disconnected before it was read', async () => {
		const request = new PassThrough();
		const closed = new Promise((resolve) => request.once('close', resolve));
		request.destroy();
		await closed;
		expect(await hand(request)).toBe(400);
	});
});

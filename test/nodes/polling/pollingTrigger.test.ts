import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';

import { MasvPollingTrigger } from '../../../nodes/Masv/MasvPollingTrigger.node';
import { platform } from '../../../nodes/Masv/platform';
import { apiKey, baseUrl, failureOf, forgetTheRest, masv, teamId, useNock } from '../../support/nockMasv';
import { useInstantPlatform } from '../../support/instantPlatform';
import type { PollContextOptions } from '../../support/pollContext';
import { pollContext } from '../../support/pollContext';
import { at, finalized, page } from '../../support/watchSamples';

useNock();
useInstantPlatform();

const trigger = new MasvPollingTrigger();
const credential = { apiKey, teamId, baseUrl };
const team = `/v1.1/teams/${teamId}`;

function inboxContains(...records: object[]): void {
	masv()
		.get(/\/inbox\?/)
		.reply(200, page(...records));
}

/** Runs polls in sequence; the stored state passes through JSON between them, as after a restart. */
function workflowOf(parameters: IDataObject, more: Partial<PollContextOptions> = {}) {
	let staticData: IDataObject | undefined;
	const self = {
		parameters,
		more,
		logged: [] as string[],
		stored: () => staticData,
		poll: async (): Promise<INodeExecutionData[][] | null> => {
			const { n8n, stored } = await pollContext(trigger, {
				credential,
				...self.more,
				parameters: self.parameters,
				staticData,
			});
			n8n.logger.warn = (text) => {
				if (!text.endsWith('retrying)')) self.logged.push(text);
			};
			try {
				return await trigger.poll.call(n8n);
			} finally {
				staticData = stored();
			}
		},
	};
	return self;
}

const received = { event: 'packageReceived', portals: 'all', options: {} };

describe('a poll', () => {
	it('emits nothing on activation, then each package once', async () => {
		const workflow = workflowOf(received);
		inboxContains(finalized('old', 0));
		inboxContains(finalized('old', 0));
		expect(await workflow.poll()).toBeNull();
		inboxContains(finalized('old', 0), finalized('A', 1));
		expect(await workflow.poll()).toEqual([
			[
				{
					json: {
						event_type: 'package.finalized',
						event_time: at(1),
						object: { id: 'A', state: 'finalized', created_at: at(1) },
					},
				},
			],
		]);
		inboxContains(finalized('old', 0), finalized('A', 1));
		expect(await workflow.poll()).toBeNull();
	});

	it('that fails does not change the stored state', async () => {
		const workflow = workflowOf(received);
		inboxContains(finalized('old', 0));
		inboxContains(finalized('old', 0));
		await workflow.poll();
		const before = workflow.stored();
		masv()
			.get(/\/inbox\?/)
			.reply(401, { message: 'expired key' });
		const error = await failureOf<NodeApiError>(workflow.poll());
		expect(error).toBeInstanceOf(NodeApiError);
		// Everything is in the message, because n8n shows nothing else when an activation fails.
		expect(error.message).toMatch(
			/^Could not list the received packages\. MASV responded with 401: expired key\. Check the API Key in the credential/,
		);
		expect(error.description).toBeFalsy();
		expect(workflow.stored()).toEqual(before);
	});

	it('that fails shows only the message if there is no advice', async () => {
		masv()
			.get(/\/inbox\?/)
			.reply(409, { message: 'no such sort' });
		const error = await failureOf<NodeApiError>(workflowOf(received).poll());
		expect(error.message).toBe('Could not list the received packages. MASV responded with 409: no such sort');
		expect(error.description).toBeFalsy();
	});

	it('stores no secret', async () => {
		const workflow = workflowOf({ ...received, options: { startFrom: '2020-01-01' } });
		inboxContains(finalized('A', 1, { name: 'Dailies' }));
		inboxContains(finalized('A', 1, { name: 'Dailies' }));
		const [items] = (await workflow.poll()) ?? [];
		expect(items).toHaveLength(1);
		expect(JSON.stringify([items, workflow.stored()])).not.toContain('token-A');
		expect(JSON.stringify(workflow.stored())).not.toContain(apiKey);
	});

	it('uses a default budget if n8n does not report one', async () => {
		for (const budgetMs of [null, 0]) {
			const workflow = workflowOf(received, { budgetMs });
			inboxContains(finalized('old', 0));
			inboxContains(finalized('old', 0));
			expect(await workflow.poll()).toBeNull();
		}
	});

	it('uses at most a minute of a longer budget, because n8n stops waiting for an activation earlier', async () => {
		let nowMs = platform.clock.now();
		jest.spyOn(platform.clock, 'now').mockImplementation(() => nowMs);
		const pages: number[] = [];
		masv()
			.persist()
			.get(/\/inbox\?/)
			.reply((request: Request) => {
				nowMs += 10_000;
				const number = Number(new URL(request.url).searchParams.get('page'));
				pages.push(number);
				return [200, { metadata: { total: 5000 }, records: [finalized(`P${number}`, -number)] }];
			});
		const workflow = workflowOf(received, { budgetMs: 300_000 });
		expect(await workflow.poll()).toBeNull();
		// One request finds the current end of the list; then as many pages are read as fit into 42 seconds.
		expect(pages).toEqual([1, 1, 2, 3, 4]);
		expect(workflow.stored()).not.toEqual({});
		forgetTheRest();
	});

	it('reads the start date in the time zone of the workflow', async () => {
		const options = { startFrom: '2026-01-15T07:00:00' };
		const workflow = workflowOf({ ...received, options }, { zone: 'America/New_York' });
		inboxContains(finalized('A', -1), finalized('B', 0));
		inboxContains(finalized('A', -1), finalized('B', 0));
		expect(await workflow.poll()).toMatchObject([[{ json: { object: { id: 'B' } } }]]);
	});

	it('does nothing while the previous one is still running', async () => {
		const first = await pollContext(trigger, { credential, parameters: received });
		const second = await pollContext(trigger, { credential, parameters: received });
		inboxContains(finalized('old', 0));
		inboxContains(finalized('old', 0));
		const [one, other] = await Promise.all([trigger.poll.call(first.n8n), trigger.poll.call(second.n8n)]);
		expect([one, other]).toEqual([null, null]);
		expect(second.stored()).toEqual({});
		inboxContains(finalized('old', 0));
		inboxContains(finalized('old', 0));
		expect(await trigger.poll.call(second.n8n)).toBeNull();
	});

	it('starts over for another event without emitting everything', async () => {
		const workflow = workflowOf(received);
		inboxContains(finalized('old', 0));
		inboxContains(finalized('old', 0));
		await workflow.poll();
		workflow.parameters = { event: 'packageSent', options: {} };
		masv()
			.get(/\/packages\?/)
			.times(2)
			.reply(200, page(finalized('sent', 100)));
		expect(await workflow.poll()).toBeNull();
	});

	it('adds details if requested', async () => {
		const workflow = workflowOf({ ...received, options: { startFrom: at(0), enrich: true } });
		inboxContains(finalized('A', 1));
		inboxContains(finalized('A', 1));
		masv()
			.get(`${team}/packages/A`)
			.reply(200, finalized('A', 1, { name: 'Dailies' }))
			.get('/v1/packages/A/files')
			.reply(200, [{ id: 'F1', name: 'reel.mov' }])
			.get('/v1/packages/A/metadata')
			.reply(200, { fields: [{ name: 'camera', value: 'B' }] });
		expect(await workflow.poll()).toMatchObject([
			[
				{
					json: {
						event_type: 'package.finalized',
						object: { id: 'A' },
						package: { name: 'Dailies' },
						files: [{ name: 'reel.mov' }],
						form_data: { camera: 'B' },
					},
				},
			],
		]);
	});

	it('does not wait for details that take too long', async () => {
		const workflow = workflowOf({ ...received, options: { startFrom: at(0), enrich: true } });
		inboxContains(finalized('busy', 1), finalized('A', 2));
		inboxContains(finalized('busy', 1), finalized('A', 2));
		masv()
			.get(`${team}/packages/A`)
			.reply(200, finalized('A', 2))
			.get('/v1/packages/A/files')
			.reply(200, [])
			.get('/v1/packages/A/metadata')
			.reply(404)
			.get(`${team}/packages/busy`)
			.times(2)
			.reply(429, {}, { 'retry-after': '20' });
		expect(await workflow.poll()).toMatchObject([[{ json: { object: { id: 'A' }, files: [] } }]]);
	});

	it('watches only the selected portals', async () => {
		const workflow = workflowOf({ event: 'packageReceived', portals: 'chosen', portalIds: ['O1', 'O1'], options: {} });
		masv()
			.get(/\/v1.1\/portals\/O1\/packages/)
			.times(2)
			.reply(200, page());
		expect(await workflow.poll()).toBeNull();
	});

	it('does not request portals that were selected for another event', async () => {
		const workflow = workflowOf({ event: 'packageSent', portals: 'chosen', portalIds: [], options: {} });
		masv()
			.get(/\/packages\?/)
			.times(2)
			.reply(200, page());
		expect(await workflow.poll()).toBeNull();
	});
});

describe('the first poll in this process', () => {
	const firstResponds = (status: number): void => {
		// Longer than any retry policy waits, so that there is at most one more attempt, at its end.
		const answer = [status, { message: 'not now' }, { 'retry-after': '600' }] as const;
		const inbox = () => masv().get(/\/inbox\?/);
		inbox().reply(...answer);
		if (status >= 500) {
			inbox()
				.optionally()
				.reply(...answer);
		}
	};

	/** A workflow that has been active in another process. */
	async function startedElsewhere(nodeId: string) {
		inboxContains(finalized('old', 0));
		inboxContains(finalized('old', 0));
		const workflow = workflowOf(received, { nodeId: `${nodeId} elsewhere` });
		await workflow.poll();
		workflow.more = { nodeId };
		return workflow;
	}

	it('starts a trigger with stored state even while MASV is down, and loses no events', async () => {
		const workflow = await startedElsewhere('down');
		const before = workflow.stored();
		firstResponds(503);
		expect(await workflow.poll()).toBeNull();
		expect(workflow.stored()).toEqual(before);
		expect(workflow.logged).toEqual([
			'MASV: Could not list the received packages. MASV responded with 503: not now. Starting anyway; the next poll will continue',
		]);
		firstResponds(503);
		expect((await failureOf(workflow.poll())).message).toContain('MASV responded with 503');
		inboxContains(finalized('old', 0), finalized('A', 1));
		expect(await workflow.poll()).toMatchObject([[{ json: { object: { id: 'A' } } }]]);
	});

	it('fails like any other poll once an earlier one has succeeded', async () => {
		const workflow = await startedElsewhere('well');
		inboxContains(finalized('old', 0));
		await workflow.poll();
		firstResponds(503);
		expect((await failureOf(workflow.poll())).message).toContain('MASV responded with 503');
	});

	it('fails on errors that are not transient', async () => {
		const workflow = await startedElsewhere('refused');
		firstResponds(401);
		expect((await failureOf(workflow.poll())).message).toContain('MASV responded with 401');
		// n8n retries, and MASV may be down by then.
		firstResponds(503);
		expect(await workflow.poll()).toBeNull();
	});

	it.each([
		['no stored state', false],
		['stored state', true],
	])('does not wait long with %s, because n8n limits the time for an activation', async (name, isStarted) => {
		const nodeId = `patience with ${name}`;
		const workflow = isStarted ? await startedElsewhere(nodeId) : workflowOf(received, { nodeId });
		masv()
			.get(/\/inbox\?/)
			.times(2)
			.reply(429, { message: 'busy' }, { 'retry-after': '20' });
		if (isStarted) expect(await workflow.poll()).toBeNull();
		else expect((await failureOf(workflow.poll())).message).toContain('MASV responded with 429: busy');
	});

	it.each<[string, IDataObject]>([
		['no state', received],
		['the state of another watch', { event: 'packageSent', options: {} }],
	])('fails with %s', async (name, parameters) => {
		const workflow = name === 'no state' ? workflowOf(received, { nodeId: name }) : await startedElsewhere(name);
		workflow.parameters = parameters;
		masv().get(/\?/).times(2).reply(503, {}, { 'retry-after': '600' });
		expect((await failureOf(workflow.poll())).message).toContain('MASV responded with 503');
		expect(workflow.logged).toEqual([]);
	});
});

describe('a wrong value', () => {
	it.each<[string, IDataObject, string]>([
		['no portal', { event: 'packageReceived', portals: 'chosen', portalIds: [] }, 'Portal Names or IDs'],
		['zero days', { event: 'packageExpiring', days: 0 }, 'Days Before Expiry'],
		['days until a date that cannot be written', { event: 'packageExpiring', days: 1e9 }, 'Days Before Expiry'],
		['days that are not a number', { event: 'packageExpiring', days: null }, 'Days Before Expiry'],
		['an invalid date', { ...received, options: { startFrom: 'soon' } }, 'Start From'],
	])('(%s) is reported with its field', async (_, parameters, field) => {
		const error = await failureOf(workflowOf(parameters).poll());
		expect(error).toBeInstanceOf(NodeOperationError);
		expect(error.message).toContain(field);
	});

	it('in the credential is reported with its field', async () => {
		const workflow = workflowOf(received, { credential: { apiKey: '', teamId, baseUrl } });
		expect((await failureOf(workflow.poll())).message).toMatch(/^The API key is missing\. Create a key in/);
	});
});

describe('fetching a test event', () => {
	it('returns the newest real event and stores nothing', async () => {
		const { n8n, stored } = await pollContext(trigger, { credential, parameters: received, mode: 'manual' });
		inboxContains(finalized('A', 1), finalized('B', 2));
		expect(await trigger.poll.call(n8n)).toEqual([
			[
				{
					json: {
						event_type: 'package.finalized',
						event_time: at(2),
						object: { id: 'B', state: 'finalized', created_at: at(2) },
					},
				},
			],
		]);
		expect(stored()).toEqual({});
	});

	it('says why a package has no details, as a later poll would', async () => {
		const parameters = { ...received, options: { enrich: true } };
		const { n8n } = await pollContext(trigger, { credential, parameters, mode: 'manual' });
		inboxContains(finalized('A', 1));
		masv().get(`${team}/packages/A`).reply(409, { message: 'not yours' });
		const [[item] = []] = (await trigger.poll.call(n8n)) ?? [];
		expect(item?.json).toMatchObject({
			object: { id: 'A' },
			enrich_error: expect.stringContaining('not yours') as string,
		});
	});

	it.each([
		'packageReceived',
		'packageSent',
		'packageExpiring',
		'packageDownloaded',
		'packageDelivered',
		'deliveryFailed',
	])('reports what to do if there is none (%s)', async (event) => {
		const { n8n } = await pollContext(trigger, { credential, parameters: { ...received, event }, mode: 'manual' });
		masv().persist().get(/.*/).reply(200, page());
		const error = await failureOf<NodeOperationError>(trigger.poll.call(n8n));
		expect(error).toBeInstanceOf(NodeOperationError);
		expect(error.message).toMatch(/^(No|There is no) .*package|delivery/);
		expect(error.description).toContain('pin your own data');
		forgetTheRest();
	});
});

describe('the description', () => {
	const { properties, credentials } = trigger.description;

	it('has the values that workflows rely on', () => {
		const [event] = properties;
		const values = (event?.options as Array<{ value: string; name: string }>).map(({ value }) => value);
		expect(values.toSorted()).toEqual([
			'deliveryFailed',
			'packageDelivered',
			'packageDownloaded',
			'packageExpiring',
			'packageReceived',
			'packageSent',
		]);
		expect([event?.name, event?.default]).toEqual(['event', 'packageReceived']);
		expect(properties.map(({ name }) => name)).toEqual(['event', 'portals', 'portalIds', 'days', 'options']);
	});

	it('has every method that it refers to', () => {
		for (const { testedBy } of credentials ?? []) {
			expect(Object.keys(trigger.methods.credentialTest)).toContain(testedBy);
		}
		for (const { typeOptions } of properties) {
			const method = typeOptions?.loadOptionsMethod;
			if (method !== undefined) expect(Object.keys(trigger.methods.loadOptions)).toContain(method);
		}
	});
});

import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';

import { MasvPollingTrigger } from '../../../nodes/Masv/MasvPollingTrigger.node';
import { apiKey, baseUrl, failureOf, forgetTheRest, masv, teamId, useNock } from '../../support/nockMasv';
import type { PollContextOptions } from '../../support/pollContext';
import { pollContext } from '../../support/pollContext';
import { at, finalized, page } from '../../support/watchSamples';

useNock();

const trigger = new MasvPollingTrigger();
const credential = { apiKey, teamId, baseUrl };
const team = `/v1.1/teams/${teamId}`;

function inboxHolds(...records: object[]): void {
	masv()
		.get(/\/inbox\?/)
		.reply(200, page(...records));
}

/** Polls one after the other; what n8n stores goes through JSON from one to the next, as after a restart. */
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
			n8n.logger.warn = (text) => void self.logged.push(text);
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
	it('emits nothing at activation, and then each package once', async () => {
		const workflow = workflowOf(received);
		inboxHolds(finalized('old', 0));
		inboxHolds(finalized('old', 0));
		expect(await workflow.poll()).toBeNull();
		inboxHolds(finalized('old', 0), finalized('A', 1));
		expect(await workflow.poll()).toEqual([
			[{ json: { id: 'A', state: 'finalized', created_at: at(1), event: 'packageReceived' } }],
		]);
		inboxHolds(finalized('old', 0), finalized('A', 1));
		expect(await workflow.poll()).toBeNull();
	});

	it('that fails leaves what n8n stores as it was', async () => {
		const workflow = workflowOf(received);
		inboxHolds(finalized('old', 0));
		inboxHolds(finalized('old', 0));
		await workflow.poll();
		const before = workflow.stored();
		masv()
			.get(/\/inbox\?/)
			.reply(401, { message: 'expired key' });
		const error = await failureOf<NodeApiError>(workflow.poll());
		expect(error).toBeInstanceOf(NodeApiError);
		// All in the message: it is the only thing that n8n shows of an activation.
		expect(error.message).toMatch(
			/^Could not list the received packages\. MASV responded with 401: expired key\. Check the API Key of the credential/,
		);
		expect(error.description).toBeFalsy();
		expect(workflow.stored()).toEqual(before);
	});

	it('that fails repeats nothing where there is no advice', async () => {
		masv()
			.get(/\/inbox\?/)
			.reply(409, { message: 'no such sort' });
		const error = await failureOf<NodeApiError>(workflowOf(received).poll());
		expect(error.message).toBe('Could not list the received packages. MASV responded with 409: no such sort');
		expect(error.description).toBeFalsy();
	});

	it('stores no secret', async () => {
		const workflow = workflowOf({ ...received, options: { startFrom: '2020-01-01' } });
		inboxHolds(finalized('A', 1, { name: 'Dailies' }));
		inboxHolds(finalized('A', 1, { name: 'Dailies' }));
		const [items] = (await workflow.poll()) ?? [];
		expect(items).toHaveLength(1);
		expect(JSON.stringify([items, workflow.stored()])).not.toContain('token-A');
		expect(JSON.stringify(workflow.stored())).not.toContain(apiKey);
	});

	it('works within the budget of an n8n that does not tell it', async () => {
		for (const budgetMs of [null, 0]) {
			const workflow = workflowOf(received, { budgetMs });
			inboxHolds(finalized('old', 0));
			inboxHolds(finalized('old', 0));
			expect(await workflow.poll()).toBeNull();
		}
	});

	it('uses no more than a minute of a longer budget: n8n gives up an activation before that is over', async () => {
		let nowMs = Date.now();
		const clock = jest.spyOn(Date, 'now').mockImplementation(() => nowMs);
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
		// One to see where the list ends by now, and as many pages as 42 seconds have room for.
		expect(pages).toEqual([1, 1, 2, 3, 4]);
		expect(workflow.stored()).not.toEqual({});
		clock.mockRestore();
		forgetTheRest();
	});

	it('reads the date to start from in the zone of the workflow', async () => {
		const options = { startFrom: '2026-01-15T07:00:00' };
		const workflow = workflowOf({ ...received, options }, { zone: 'America/New_York' });
		inboxHolds(finalized('A', -1), finalized('B', 0));
		inboxHolds(finalized('A', -1), finalized('B', 0));
		expect(await workflow.poll()).toMatchObject([[{ json: { id: 'B' } }]]);
	});

	it('does nothing while the one before still runs', async () => {
		const first = await pollContext(trigger, { credential, parameters: received });
		const second = await pollContext(trigger, { credential, parameters: received });
		inboxHolds(finalized('old', 0));
		inboxHolds(finalized('old', 0));
		const [one, other] = await Promise.all([trigger.poll.call(first.n8n), trigger.poll.call(second.n8n)]);
		expect([one, other]).toEqual([null, null]);
		expect(second.stored()).toEqual({});
		inboxHolds(finalized('old', 0));
		inboxHolds(finalized('old', 0));
		expect(await trigger.poll.call(second.n8n)).toBeNull();
	});

	it('begins anew for another event, and does not emit everything', async () => {
		const workflow = workflowOf(received);
		inboxHolds(finalized('old', 0));
		inboxHolds(finalized('old', 0));
		await workflow.poll();
		workflow.parameters = { event: 'packageSent', options: {} };
		masv()
			.get(/\/packages\?/)
			.times(2)
			.reply(200, page(finalized('sent', 100)));
		expect(await workflow.poll()).toBeNull();
	});

	it('adds details when asked to', async () => {
		const workflow = workflowOf({ ...received, options: { startFrom: at(0), enrich: true } });
		inboxHolds(finalized('A', 1));
		inboxHolds(finalized('A', 1));
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
						id: 'A',
						event: 'packageReceived',
						package: { name: 'Dailies' },
						files: [{ name: 'reel.mov' }],
						form_data: { camera: 'B' },
					},
				},
			],
		]);
	});

	it('does not wait for details that take long to come', async () => {
		const workflow = workflowOf({ ...received, options: { startFrom: at(0), enrich: true } });
		inboxHolds(finalized('busy', 1), finalized('A', 2));
		inboxHolds(finalized('busy', 1), finalized('A', 2));
		masv()
			.get(`${team}/packages/A`)
			.reply(200, finalized('A', 2))
			.get('/v1/packages/A/files')
			.reply(200, [])
			.get('/v1/packages/A/metadata')
			.reply(404)
			// A second request would not be answered, and would not come before the test is over.
			.get(`${team}/packages/busy`)
			.reply(429, {}, { 'retry-after': '20' });
		expect(await workflow.poll()).toMatchObject([[{ json: { id: 'A', files: [] } }]]);
	});

	it('watches chosen portals only', async () => {
		const workflow = workflowOf({ event: 'packageReceived', portals: 'chosen', portalIds: ['O1', 'O1'], options: {} });
		masv()
			.get(/\/v1.1\/portals\/O1\/packages/)
			.times(2)
			.reply(200, page());
		expect(await workflow.poll()).toBeNull();
	});

	it('does not ask for portals that were chosen for another event', async () => {
		const workflow = workflowOf({ event: 'packageSent', portals: 'chosen', portalIds: [], options: {} });
		masv()
			.get(/\/packages\?/)
			.times(2)
			.reply(200, page());
		expect(await workflow.poll()).toBeNull();
	});
});

describe('the first poll in this process', () => {
	const firstAnswers = (status: number): void => {
		// Longer than anybody is patient, so that nothing is repeated.
		masv()
			.get(/\/inbox\?/)
			.reply(status, { message: 'not now' }, { 'retry-after': '600' });
	};

	/** A workflow that has been active in another process. */
	async function begunElsewhere(nodeId: string) {
		inboxHolds(finalized('old', 0));
		inboxHolds(finalized('old', 0));
		const workflow = workflowOf(received, { nodeId: `${nodeId} elsewhere` });
		await workflow.poll();
		workflow.more = { nodeId };
		return workflow;
	}

	it('starts a trigger that has a state also while MASV is down, and loses nothing', async () => {
		const workflow = await begunElsewhere('down');
		const before = workflow.stored();
		firstAnswers(503);
		expect(await workflow.poll()).toBeNull();
		expect(workflow.stored()).toEqual(before);
		expect(workflow.logged).toEqual([
			'MASV: Could not list the received packages. MASV responded with 503: not now. The trigger starts nevertheless: the next poll goes on',
		]);
		firstAnswers(503);
		expect((await failureOf(workflow.poll())).message).toContain('MASV responded with 503');
		inboxHolds(finalized('old', 0), finalized('A', 1));
		expect(await workflow.poll()).toMatchObject([[{ json: { id: 'A' } }]]);
	});

	it('fails like any other when one before it went well', async () => {
		const workflow = await begunElsewhere('well');
		inboxHolds(finalized('old', 0));
		await workflow.poll();
		firstAnswers(503);
		expect((await failureOf(workflow.poll())).message).toContain('MASV responded with 503');
	});

	it('fails for what waiting does not help against', async () => {
		const workflow = await begunElsewhere('refused');
		firstAnswers(401);
		expect((await failureOf(workflow.poll())).message).toContain('MASV responded with 401');
		// n8n tries again, and by then MASV may be down.
		firstAnswers(503);
		expect(await workflow.poll()).toBeNull();
	});

	it.each([
		['nothing to go on from', false],
		['a state', true],
	])('does not wait long with %s: n8n gives up an activation', async (name, isBegun) => {
		const nodeId = `patience with ${name}`;
		const workflow = isBegun ? await begunElsewhere(nodeId) : workflowOf(received, { nodeId });
		// A second request would not be answered, and would not come before the test is over.
		masv()
			.get(/\/inbox\?/)
			.reply(429, { message: 'busy' }, { 'retry-after': '20' });
		if (isBegun) expect(await workflow.poll()).toBeNull();
		else expect((await failureOf(workflow.poll())).message).toContain('MASV responded with 429: busy');
	});

	it.each<[string, IDataObject]>([
		['no state', received],
		['the state of another watch', { event: 'packageSent', options: {} }],
	])('fails with %s', async (name, parameters) => {
		const workflow = name === 'no state' ? workflowOf(received, { nodeId: name }) : await begunElsewhere(name);
		workflow.parameters = parameters;
		masv().get(/\?/).reply(503, {}, { 'retry-after': '600' });
		expect((await failureOf(workflow.poll())).message).toContain('MASV responded with 503');
		expect(workflow.logged).toEqual([]);
	});
});

describe('a wrong value', () => {
	it.each<[string, IDataObject, string]>([
		['no portal', { event: 'packageReceived', portals: 'chosen', portalIds: [] }, 'Portal Names or IDs'],
		['no days', { event: 'packageExpiring', days: 0 }, 'Days Before Expiry'],
		['days that are no number', { event: 'packageExpiring', days: null }, 'Days Before Expiry'],
		['a date that is none', { ...received, options: { startFrom: 'soon' } }, 'Start From'],
	])('(%s) is named', async (_, parameters, field) => {
		const error = await failureOf(workflowOf(parameters).poll());
		expect(error).toBeInstanceOf(NodeOperationError);
		expect(error.message).toContain(`[${field}]`);
	});

	it('of the credential is named', async () => {
		const workflow = workflowOf(received, { credential: { apiKey: '', teamId, baseUrl } });
		expect((await failureOf(workflow.poll())).message).toMatch(/^The API key is missing \[API Key\]\. Create one in/);
	});
});

describe('fetching a test event', () => {
	it('shows the newest real one and stores nothing', async () => {
		const { n8n, stored } = await pollContext(trigger, { credential, parameters: received, mode: 'manual' });
		inboxHolds(finalized('A', 1), finalized('B', 2));
		expect(await trigger.poll.call(n8n)).toEqual([
			[{ json: { id: 'B', state: 'finalized', created_at: at(2), event: 'packageReceived' } }],
		]);
		expect(stored()).toEqual({});
	});

	it.each([
		'packageReceived',
		'packageSent',
		'packageExpiring',
		'packageDownloaded',
		'packageDelivered',
		'deliveryFailed',
	])('says what to do when there is none (%s)', async (event) => {
		const { n8n } = await pollContext(trigger, { credential, parameters: { ...received, event }, mode: 'manual' });
		masv().persist().get(/.*/).reply(200, page());
		const error = await failureOf<NodeOperationError>(trigger.poll.call(n8n));
		expect(error).toBeInstanceOf(NodeOperationError);
		expect(error.message).toMatch(/^(No|There is no) .*package|delivery/);
		expect(error.description).toContain('pin data');
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

	it('knows every method that it names', () => {
		for (const { testedBy } of credentials ?? []) {
			expect(Object.keys(trigger.methods.credentialTest)).toContain(testedBy);
		}
		for (const { typeOptions } of properties) {
			const method = typeOptions?.loadOptionsMethod;
			if (method !== undefined) expect(Object.keys(trigger.methods.loadOptions)).toContain(method);
		}
	});
});

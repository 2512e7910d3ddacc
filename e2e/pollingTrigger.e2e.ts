import type { Activity, InjectedFault, Package, Portal, Sandbox } from '../sandbox/start.ts';
import { callApi } from '../test/sandbox/callApi.ts';
import { output } from './n8n/executions.ts';
import { until } from './support/lab.ts';
import { type BegunUpload, beginUpload, uploadThrough } from './support/portalUpload.ts';
import {
	type Flow,
	openTriggerLab,
	pollingTriggerType,
	type Team,
	type TriggerLab,
	triggerName,
} from './support/triggerLab.ts';

/** n8n rejects an expression that fires more than once a minute, but accepts twelve that each fire once. */
const pollTimes = {
	item: Array.from({ length: 12 }, (_, index) => ({ mode: 'custom', cronExpression: `${index * 5} * * * * *` })),
};

const dayMs = 24 * 3_600_000;

let lab: TriggerLab;

beforeAll(async () => {
	lab = await openTriggerLab();
});

afterAll(async () => {
	await lab?.close();
});

async function watch(team: Team, parameters: Record<string, unknown>): Promise<Flow> {
	return await lab.start(team, { ...parameters, pollTimes }, { type: pollingTriggerType });
}

async function send(sandbox: Sandbox, portal: Portal, name = 'Dailies'): Promise<string> {
	return await uploadThrough(sandbox, portal, { name, sender: 'anna@example.com', files: { 'one.mov': 'one' } });
}

/** IDs of the packages that the trigger returned, by execution. */
async function returnedPackages(flow: Flow): Promise<unknown[][]> {
	const executions = await lab.executions(flow);
	for (const { status, mode } of executions) expect([status, mode]).toEqual(['success', 'trigger']);
	return executions.map((execution) => output(execution, triggerName).map(({ json }) => packageIdOf(json)));
}

function packageIdOf(json: Record<string, unknown>): unknown {
	return (json.object as { id?: string }).id;
}

async function untilReturned(flow: Flow, count: number): Promise<unknown[][]> {
	return await until(async () => {
		const found = await returnedPackages(flow);
		return found.flat().length >= count ? found : undefined;
	});
}

/** Waits until n8n has requested this list `times` more times. */
async function untilRequested({ requests }: Sandbox, step: string, times: number): Promise<void> {
	const requested = (): number => requests.filter((request) => request.step === step && request.status === 200).length;
	const before = requested();
	await until(() => (requested() >= before + times ? true : undefined));
}

describe('received packages', () => {
	let team: Team;
	let portal: Portal;
	let flow: Flow;
	let unfinished: BegunUpload;

	beforeAll(async () => {
		team = await lab.newTeam();
		portal = team.sandbox.seedPortal();
		for (const name of ['old 1', 'old 2']) team.sandbox.seedPackage({ portal_id: portal.id, name });
		team.sandbox.seedPackage({ name: 'sent by the team' });
		unfinished = await beginUpload(team.sandbox, portal, {
			name: 'Long under way',
			sender: 'ben@example.com',
			files: { 'late.mov': 'late' },
		});
		flow = await watch(team, { event: 'packageReceived', options: { enrich: true } });
	});

	afterAll(async () => await lab.clear());

	it('start nothing if they already existed', async () => {
		await untilRequested(team.sandbox, 'listInbox', 3);
		expect(await returnedPackages(flow)).toEqual([]);
	});

	it('start one execution each', async () => {
		const ids: string[] = [];
		for (const form of [{ reel: '1' }, { reel: '2' }]) {
			ids.push(
				await uploadThrough(team.sandbox, portal, {
					name: `Reel ${form.reel}`,
					sender: 'anna@example.com',
					files: { 'one.mov': 'one', 'two.mov': 'second' },
					form,
				}),
			);
			expect(await untilReturned(flow, ids.length)).toEqual(ids.map((id) => [id]));
		}
		const [, execution] = await lab.executions(flow);
		const [item] = output(execution!, triggerName);
		expect(item?.json).toMatchObject({
			event_type: 'package.finalized',
			object: { id: ids[1] },
			package: { id: ids[1], name: 'Reel 2', state: 'finalized' },
			files: [
				{ name: 'one.mov', size: 3 },
				{ name: 'two.mov', size: 6 },
			],
			form_data: { reel: '2' },
		});
		for (const hidden of ['access_token', team.sandbox.apiKey]) {
			expect(execution?.raw).not.toContain(JSON.stringify(hidden).slice(1, -1));
		}
		await untilRequested(team.sandbox, 'listInbox', 2);
		expect(await returnedPackages(flow)).toEqual(ids.map((id) => [id]));
	});

	it('start it when they are finished, however long ago they were created', async () => {
		const before = (await returnedPackages(flow)).flat();
		await unfinished.finish();
		expect((await untilReturned(flow, before.length + 1)).flat()).toEqual([...before, unfinished.packageId]);
	});

	it('start it once even if n8n is killed, including those that arrive meanwhile', async () => {
		const before = (await returnedPackages(flow)).flat();
		await lab.kill();
		const meanwhile = [
			await send(team.sandbox, portal, 'meanwhile 1'),
			await send(team.sandbox, portal, 'meanwhile 2'),
		];
		await lab.restart();
		const found = await untilReturned(flow, before.length + 2);
		expect(new Set(found.flat())).toEqual(new Set([...before, ...meanwhile]));
		const after = await send(team.sandbox, portal, 'afterwards');
		await untilReturned(flow, before.length + 3);
		await untilRequested(team.sandbox, 'listInbox', 2);
		expect((await returnedPackages(flow)).flat().sort()).toEqual([...before, ...meanwhile, after].sort());
	});

	it('of other portals start nothing, and a manual run returns the newest real one', async () => {
		const other = team.sandbox.seedPortal({ name: 'Other' });
		const chosen = await watch(team, { event: 'packageReceived', portals: 'chosen', portalIds: [other.id] });
		const manual = await lab.client.executions.runAndWait(flow.workflow, triggerName);
		expect(manual).toMatchObject({ status: 'success', mode: 'manual' });
		const newest = await send(team.sandbox, portal, 'newest');
		const again = await lab.client.executions.runAndWait(flow.workflow, triggerName);
		const idsOf = (execution: typeof manual): unknown[] =>
			output(execution, triggerName).map(({ json }) => packageIdOf(json));
		expect(idsOf(manual)).not.toEqual([newest]);
		expect(idsOf(manual)).toHaveLength(1);
		expect(idsOf(again)).toEqual([newest]);

		const theirs = await send(team.sandbox, other, 'theirs');
		expect(await untilReturned(chosen, 1)).toEqual([[theirs]]);
	});
});

/** Sets MASV's list of activities: the sandbox itself has no downloads by recipients and no failing cloud transfers. */
function setActivities(sandbox: Sandbox, activities: Partial<Activity>[]): InjectedFault {
	const body = JSON.stringify({ metadata: { total: activities.length }, records: activities });
	return sandbox.inject({ step: 'listActivities', times: Infinity, kind: 'status', status: 200, body });
}

describe('the other events', () => {
	afterAll(async () => await lab.clear());

	it('start one execution each, but not for anything that already existed', async () => {
		const team = await lab.newTeam();
		const { sandbox } = team;
		const connections = `POST /v1/teams/${sandbox.teamId}/cloud_connections`;
		const connection = await callApi(sandbox, connections, {
			key: true,
			body: { name: 'Bucket', provider: 'amazon_s3', authorization: {} },
		});
		const transfer = async ({ id }: Package): Promise<void> => {
			const { json } = await callApi(sandbox, `GET /v1.1/teams/${sandbox.teamId}/packages/${id}`, { key: true });
			const body = { cloud_connection_id: connection.json.id };
			await callApi(sandbox, `POST /v1/packages/${id}/transfer`, { token: json.access_token, body });
		};
		const expireIn = (days: number): string => new Date(Date.now() + days * dayMs).toISOString();
		const portal = sandbox.seedPortal();
		await transfer(sandbox.seedPackage({ portal_id: portal.id, name: 'old', expiry: expireIn(20) }));
		sandbox.seedPackage({ name: 'old and expiring', expiry: expireIn(2) });

		const sent = await watch(team, { event: 'packageSent' });
		const delivered = await watch(team, { event: 'packageDelivered' });
		const expiring = await watch(team, { event: 'packageExpiring', days: 3 });

		const fresh = sandbox.seedPackage({ name: 'sent', expiry: expireIn(20) });
		const received = sandbox.seedPackage({ portal_id: portal.id, name: 'received', expiry: expireIn(20) });
		await transfer(received);
		const due = sandbox.seedPackage({ portal_id: portal.id, name: 'due', expiry: expireIn(1) });

		expect(await untilReturned(sent, 1)).toEqual([[fresh.id]]);
		expect(await untilReturned(delivered, 1)).toEqual([[received.id]]);
		expect(await untilReturned(expiring, 1)).toEqual([[due.id]]);
		await untilRequested(sandbox, 'listActivities', 3);
		expect(await returnedPackages(sent)).toEqual([[fresh.id]]);
		expect(await returnedPackages(delivered)).toEqual([[received.id]]);
		expect(await returnedPackages(expiring)).toEqual([[due.id]]);
	});

	it('caused by recipients and cloud storage start one execution each', async () => {
		const team = await lab.newTeam();
		const { sandbox } = team;
		const created_at = new Date().toISOString();
		const activity = (id: string, activity_type: string, activity_state: string): Partial<Activity> => {
			return { id, activity_type, activity_state, package_id: `package of ${id}`, created_at } as Partial<Activity>;
		};
		const [download, cloud] = ['package_download_from_masv', 'package_transfer_masv_to_cloud'];
		const old = [activity('A', download, 'complete'), activity('B', cloud, 'error')];
		const before = setActivities(sandbox, [
			...old,
			activity('C', download, 'started'),
			activity('D', cloud, 'started'),
		]);
		const downloaded = await watch(team, { event: 'packageDownloaded' });
		const failed = await watch(team, { event: 'deliveryFailed' });
		before.remove();
		setActivities(sandbox, [
			...old,
			activity('C', download, 'complete'),
			activity('D', cloud, 'error'),
			activity('E', download, 'started'),
			activity('F', cloud, 'complete'),
		]);

		expect(await untilReturned(downloaded, 1)).toEqual([['package of C']]);
		expect(await untilReturned(failed, 1)).toEqual([['package of D']]);
		await untilRequested(sandbox, 'listActivities', 4);
		expect(await returnedPackages(downloaded)).toEqual([['package of C']]);
		expect(await returnedPackages(failed)).toEqual([['package of D']]);
	});
});

import { errorOf, type Execution, output } from './n8n/executions.ts';
import type { Item } from './n8n/runData.ts';
import type { Workflow } from './n8n/workflows.ts';
import { byId, bytes, type Lab, openLab, sha256, toWorkflow, until } from './support/lab.ts';
import { sentBy } from './support/killLab.ts';

const mebibyte = 1024 * 1024;

let lab: Lab;

beforeAll(async () => {
	lab = await openLab();
});

afterAll(async () => {
	await lab?.close();
});

beforeEach(async () => {
	await lab.switchSandbox({});
});

function sending(paths: string, transfer: Record<string, unknown> = {}): Record<string, unknown> {
	return { resource: 'package', operation: 'send', packageName: 'Dailies', source: 'path', paths, transfer };
}

function uploading(packageId: string, paths: string, transfer: Record<string, unknown> = {}): Record<string, unknown> {
	return { resource: 'file', operation: 'upload', packageId: byId(packageId), source: 'path', paths, transfer };
}

/** Keeps deliveries from ending until it is called: the storage is out of order. */
function holdUp(parts: { partNumber?: number } = {}): () => void {
	const fault = lab.sandbox.inject({ ...parts, step: 'partPut', kind: 'status', status: 503, times: Infinity });
	return () => fault.remove();
}

async function start(workflow: Workflow): Promise<string> {
	return await lab.client.executions.run(workflow, 'Start');
}

async function ended(ids: string[]): Promise<Execution[]> {
	return await Promise.all(ids.map(async (id) => await lab.client.executions.wait(id)));
}

/** The executions that have ended, once there are so many. */
async function untilEnded(ids: string[], count: number): Promise<Execution[]> {
	return await until(async () => {
		const all = await Promise.all(ids.map(async (id) => await lab.client.executions.get(id)));
		const over = all.filter(({ status }) => status === 'success' || status === 'error');
		return over.length >= count ? over : undefined;
	});
}

function finalizedFiles(): number {
	return lab.sandbox.requests.filter(({ step, status }) => step === 'finalizeFile' && status === 204).length;
}

function states(): string[] {
	return lab.sandbox.packages().map(({ state }) => state);
}

/** SHA-256 of each file of a package, by name. */
async function contentOf(packageId: string): Promise<Array<[string, string]>> {
	const files = lab.sandbox.files(packageId);
	return (
		await Promise.all(files.map(async ({ id, name }) => [name, await lab.sandbox.sha256(packageId, id)]))
	).sort() as Array<[string, string]>;
}

describe('File > Upload run again', () => {
	const fields = (items: Item[]): unknown[] => items.map(({ json }) => [json.name, json.already_there]);

	it('uploads nothing twice, and says which files were there', async () => {
		const paths = [await lab.write('again/a.txt', 'aaa'), await lab.write('again/b.mov', bytes(6 * mebibyte))].join(
			'\n',
		);
		const { id } = lab.sandbox.seedPackage({ state: 'new' });
		const workflow = await lab.build({ parameters: uploading(id, paths) });
		expect(fields(output(await lab.runWorkflow(workflow), 'MASV'))).toEqual([
			['a.txt', false],
			['b.mov', false],
		]);
		const before = await contentOf(id);
		expect(fields(output(await lab.runWorkflow(workflow), 'MASV'))).toEqual([
			['a.txt', true],
			['b.mov', true],
		]);
		expect(await contentOf(id)).toEqual(before);
		expect(lab.sandbox.requests.filter(({ step }) => step === 'addFile')).toHaveLength(2);
	});

	it('by Retry On Fail leaves each file in the package once', async () => {
		const content = { 'a.txt': 'a', 'b.txt': 'b', 'c.mov': bytes(6 * mebibyte) };
		const paths = await Promise.all(
			Object.entries(content).map(async ([name, each]) => await lab.write(`retried/${name}`, each)),
		);
		const { id } = lab.sandbox.seedPackage({ state: 'new' });
		const retrying = toWorkflow({
			parameters: uploading(id, paths.join('\n'), { partSize: 5 }),
			credentials: { masvApi: lab.credential },
		});
		Object.assign(retrying.nodes.at(-1) as object, { retryOnFail: true, maxTries: 2, waitBetweenTries: 100 });
		const goOn = holdUp({ partNumber: 2 });
		const execution = await start(await lab.client.workflows.create(retrying));
		await until(() => (finalizedFiles() === 2 ? true : undefined));
		const failure = lab.sandbox.inject({ step: 'partPut', partNumber: 2, kind: 'status', status: 400, body: 'no' });
		goOn();
		const [retried] = await ended([execution]);
		expect(failure.hits()).toBe(1);
		expect(retried?.status).toBe('success');
		expect(fields(output(retried as Execution, 'MASV'))).toEqual([
			['a.txt', true],
			['b.txt', true],
			['c.mov', false],
		]);
		expect(await contentOf(id)).toEqual(Object.entries(content).map(([name, each]) => [name, sha256(each)]));
		expect(finalizedFiles()).toBe(3);
	});
});

describe('three overlapping executions of one workflow', () => {
	it('send one package: two fail and say that it is already being sent', async () => {
		const workflow = await lab.build({ parameters: sending(await lab.write('overlap/a.mov', bytes(6 * mebibyte))) });
		const goOn = holdUp();
		const ids = await Promise.all([start(workflow), start(workflow), start(workflow)]);
		const failed = await untilEnded(ids, 2);
		expect(failed.map((execution) => errorOf(execution, 'MASV')?.message)).toEqual(
			Array(2).fill(
				'Another execution is already sending the same files to the same place [If the Same Delivery Is Running]',
			),
		);
		goOn();
		const all = await ended(ids);
		expect(all.map(({ status }) => status).sort()).toEqual(['error', 'error', 'success']);
		expect(states()).toEqual(['finalized']);
	});

	it('with "Wait" all report the package that the first one sent', async () => {
		const waiting = async (): Promise<number> => (await lab.log()).split('Waiting for a sign of life').length;
		const known = await waiting();
		const parameters = sending(await lab.write('wait/a.mov', bytes(6 * mebibyte)), { ifRunning: 'wait' });
		const workflow = await lab.build({ parameters });
		const goOn = holdUp();
		const ids = [await start(workflow)];
		await until(() => (states().length === 1 ? true : undefined));
		// An execution that starts only after the first one has ended sends a package of its own.
		for (const count of [1, 2]) {
			ids.push(await start(workflow));
			await until(async () => ((await waiting()) === known + count ? true : undefined));
		}
		goOn();
		const all = await ended(ids);
		expect(all.map(({ status }) => status)).toEqual(['success', 'success', 'success']);
		const [only] = lab.sandbox.packages();
		expect(states()).toEqual(['finalized']);
		expect(all.map((execution) => sentBy(execution).package.id)).toEqual(Array(3).fill(only?.id));
		expect(all.map((execution) => sentBy(execution).files[0]?.id)).toEqual(
			Array(3).fill(lab.sandbox.files(only?.id ?? '')[0]?.id),
		);
		expect(lab.sandbox.requests.filter(({ step }) => step === 'finalizePackage')).toHaveLength(1);
	});
});

describe('two overlapping executions of one node', () => {
	it('with different files send two packages', async () => {
		const content = { 'one.mov': bytes(6 * mebibyte), 'two.mov': bytes(6 * mebibyte) };
		const [one, two] = [
			await lab.write('two/one.mov', content['one.mov']),
			await lab.write('two/two.mov', content['two.mov']),
		];
		const workflow = await lab.build({ parameters: sending(one) });
		const goOn = holdUp();
		const first = await start(workflow);
		await until(() => (lab.sandbox.packages().length === 1 ? true : undefined));
		const nodes = workflow.nodes.map((node) => (node.name === 'MASV' ? { ...node, parameters: sending(two) } : node));
		const second = await start(await lab.client.workflows.update(workflow, { nodes }));
		await until(() => (lab.sandbox.packages().length === 2 ? true : undefined));
		goOn();
		const packages = (await ended([first, second])).map((execution) => sentBy(execution).package.id);
		expect(states()).toEqual(['finalized', 'finalized']);
		expect(await contentOf(packages[0] ?? '')).toEqual([['one.mov', sha256(content['one.mov'])]]);
		expect(await contentOf(packages[1] ?? '')).toEqual([['two.mov', sha256(content['two.mov'])]]);
	});
});

describe('the same file', () => {
	it('is sent twice by a loop in one execution, and twice more by the next execution', async () => {
		const path = await lab.write('loop/a.txt', 'the same');
		const { nodes } = toWorkflow({
			parameters: sending(path),
			items: [{}, {}],
			credentials: { masvApi: lab.credential },
		});
		const loop = {
			name: 'Loop',
			type: 'n8n-nodes-base.splitInBatches',
			typeVersion: 3,
			position: [330, 0] as [number, number],
			parameters: { options: {} },
		};
		const to = (node: string): { node: string; type: string; index: number }[] => [{ node, type: 'main', index: 0 }];
		const workflow = await lab.client.workflows.create({
			name: 'loop',
			nodes: [...nodes, loop],
			connections: {
				Start: { main: [to('Items')] },
				Items: { main: [to('Loop')] },
				Loop: { main: [[], to('MASV')] },
				MASV: { main: [to('Loop')] },
			},
		});
		const execution = await lab.runWorkflow(workflow);
		expect(execution.status).toBe('success');
		const sent = [0, 1].map((turn) => (output(execution, 'MASV', 0, turn)[0]?.json.package as { id: string }).id);
		expect(new Set(sent).size).toBe(2);
		expect(states()).toEqual(['finalized', 'finalized']);
		expect((await lab.runWorkflow(workflow)).status).toBe('success');
		expect(states()).toEqual(Array(4).fill('finalized'));
	});
});

describe('the option "If the Same Delivery Is Running"', () => {
	it('is saved with the workflow, and offers what each operation can do', async () => {
		const workflow = await lab.build({ parameters: sending('/unused', { ifRunning: 'sendAnyway' }) });
		const saved = (await lab.client.workflows.get(workflow.id)).nodes.find(({ name }) => name === 'MASV');
		expect(saved?.parameters.transfer).toEqual({ ifRunning: 'sendAnyway' });
		const masv = (await lab.client.nodeTypes.list()).find(({ name }) => name === 'n8n-nodes-masv.masv');
		const offered = (masv?.properties ?? [])
			.flatMap(
				({ options }) =>
					(options ?? []) as Array<{ name: string; displayName?: string; options?: Array<{ value: string }> }>,
			)
			.filter(({ name }) => name === 'ifRunning')
			.map(({ displayName, options = [] }) => [displayName, options.map(({ value }) => value)]);
		expect(offered).toEqual(
			expect.arrayContaining([
				['If the Same Delivery Is Running', ['fail', 'sendAnyway', 'wait']],
				['If the Same Upload Is Running', ['fail', 'wait']],
			]),
		);
	});
});

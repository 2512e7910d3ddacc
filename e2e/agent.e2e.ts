import { type FakeModel, startFakeModel } from './support/fakeModel.ts';
import { type Lab, byId, masvType, openLab } from './support/lab.ts';

let lab: Lab;
let model: FakeModel;
let modelAccount: { id: string; name: string };

beforeAll(async () => {
	lab = await openLab();
	model = await startFakeModel();
	modelAccount = await lab.addCredential('Model', 'openAiApi', { apiKey: 'made-up', url: model.url, header: false });
});

beforeEach(() => {
	model.requests.length = 0;
});

afterAll(async () => {
	await lab?.close();
	await model?.close();
});

const langchain = '@n8n/n8n-nodes-langchain';
const fromAgent = (name: string) => `={{ $fromAI('${name}', '', 'string') }}`;

/**
 * Runs an agent whose only tool is the MASV node with these parameters; all others have their defaults.
 * @param calls the values that the model enters
 * @returns how the tool is described to the model, and what it returned
 */
async function runTool(parameters: Record<string, unknown>, calls: object) {
	model.calls = calls;
	const { id, name } = lab.credential;
	const workflow = await lab.client.workflows.create({
		name: 'agent',
		nodes: [
			{ name: 'Start', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, position: [0, 0], parameters: {} },
			{
				name: 'Agent',
				type: `${langchain}.agent`,
				typeVersion: 3.1,
				position: [200, 0],
				parameters: { promptType: 'define', text: 'Look at the packages.', options: {} },
			},
			{
				name: 'Model',
				type: `${langchain}.lmChatOpenAi`,
				typeVersion: 1.2,
				position: [100, 200],
				parameters: { model: { __rl: true, mode: 'id', value: 'fake' }, options: {} },
				credentials: { openAiApi: { id: modelAccount.id, name: modelAccount.name } },
			},
			{
				name: 'MASV tool',
				type: `${masvType}Tool`,
				typeVersion: 1,
				position: [300, 200],
				parameters,
				credentials: { masvApi: { id, name } },
			},
		],
		connections: {
			Start: { main: [[{ node: 'Agent', type: 'main', index: 0 }]] },
			Model: { ai_languageModel: [[{ node: 'Agent', type: 'ai_languageModel', index: 0 }]] },
			'MASV tool': { ai_tool: [[{ node: 'Agent', type: 'ai_tool', index: 0 }]] },
		},
	});
	const execution = await lab.runWorkflow(workflow);
	expect(execution.run?.resultData.error?.message).toBeUndefined();
	expect(execution.status).toBe('success');
	const [first, second] = model.requests;
	const tool = first?.tools?.[0]?.function;
	return {
		description: tool?.description,
		asksFor: Object.keys(tool?.parameters.properties ?? {}),
		returned: second?.messages.at(-1)?.content ?? '',
	};
}

describe('an AI agent that has the node as its tool', () => {
	it('finds packages, and gets only what matters of each', async () => {
		const { id } = lab.sandbox.seedPackage({ name: 'Dailies day 1', description: 'A long message' });
		lab.sandbox.seedPackage({ name: 'Other' });
		const parameters = { resource: 'package', operation: 'getAll', filters: { name: fromAgent('name') } };
		const { description, asksFor, returned } = await runTool(parameters, { name: 'dailies' });
		expect([description, asksFor]).toEqual(['Get many packages in MASV', ['name']]);
		const [found, ...more] = packagesIn(returned);
		expect(more).toEqual([]);
		expect(found).toMatchObject({ id, name: 'Dailies day 1', state: 'finalized' });
		for (const key of ['description', 'access_token', 'usage_updated_at']) expect(found).not.toHaveProperty(key);
	});

	it('gets all fields if Simplify is off', async () => {
		const { id } = lab.sandbox.seedPackage({ name: 'Whole', description: 'A long message' });
		const parameters = {
			resource: 'package',
			operation: 'get',
			packageId: byId(fromAgent('package')),
			simplify: false,
		};
		const { returned } = await runTool(parameters, { package: id });
		expect(packagesIn(returned)).toMatchObject([{ id, description: 'A long message' }]);
		expect(returned).not.toContain('access_token');
	});

	it('reads that deleting is permanent, and what happened', async () => {
		const { id } = lab.sandbox.seedPackage();
		const parameters = { resource: 'package', operation: 'delete', packageId: byId(fromAgent('package')) };
		const { description, returned } = await runTool(parameters, { package: id });
		expect(description).toBe('Permanently delete a package in MASV');
		expect(packagesIn(returned)).toMatchObject([{ id, state: 'expired', already_deleted: false }]);
		expect(lab.sandbox.package(id)?.state).toBe('expired');
	});

	it('reads what is wrong if the tool fails', async () => {
		const parameters = { resource: 'package', operation: 'get', packageId: byId(fromAgent('package')) };
		const { returned } = await runTool(parameters, { package: 'NOPE' });
		expect(returned).toContain('NOPE');
	});
});

/** n8n gives the model the output of a node as JSON. */
function packagesIn(returned: string): object[] {
	return [JSON.parse(returned) as object | object[]].flat();
}

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Execution, output } from './n8n/executions.ts';
import { fillIn } from './n8n/fillIn.ts';
import type { Workflow, WorkflowNode } from './n8n/workflows.ts';
import { type Lab, openLab, root } from './support/lab.ts';
import { uploadThrough } from './support/portalUpload.ts';

const folder = join(root, 'examples', 'templates');

let lab: Lab;

beforeAll(async () => {
	lab = await openLab();
	await lab.addCredential('Slack account', 'slackApi', { accessToken: 'not-a-token' });
	await lab.addCredential('Google Sheets account', 'googleSheetsOAuth2Api', { clientId: 'none', clientSecret: 'none' });
});

afterAll(async () => {
	await lab?.close();
});

/** The nodes of MASV and n8n run. A node of another service is replaced by one that outputs what it would send. */
async function importTemplate(file: string, settings: Record<string, string> = {}): Promise<Workflow> {
	return await lab.client.workflows.importFile(join(folder, file), (node) => {
		if (node.name === 'Settings') fillIn(node, settings);
		if (node.type === 'n8n-nodes-base.slack') {
			const { text, channelId } = node.parameters as { text: string; channelId: { value: string } };
			outputInstead(node, { text, channel: channelId.value });
		}
		if (node.type === 'n8n-nodes-base.googleSheets') outputInstead(node, {});
	});
}

function outputInstead(node: WorkflowNode, values: Record<string, string>): void {
	const assignments = Object.entries(values).map(([name, value]) => ({ id: name, name, value, type: 'string' }));
	node.type = 'n8n-nodes-base.set';
	node.typeVersion = 3.4;
	node.parameters = { assignments: { assignments }, includeOtherFields: assignments.length === 0, options: {} };
	delete node.credentials;
}

async function run(workflow: Workflow, trigger: string): Promise<Execution> {
	const execution = await lab.client.executions.runAndWait(workflow, trigger);
	lab.executions.push(execution);
	expect({ status: execution.status, error: execution.run?.resultData.error }).toEqual({ status: 'success' });
	return execution;
}

describe('send-new-dailies.json', () => {
	it('sends what is new and has the link to post', async () => {
		const dailies = join(lab.folder, 'dailies');
		await mkdir(join(dailies, 'CARD'), { recursive: true });
		await writeFile(join(dailies, 'CARD', 'A001.mov'), 'first take');
		const workflow = await importTemplate('send-new-dailies.json', { folder: dailies, channel: '#set' });
		const send = workflow.nodes.find(({ name }) => name === 'Send New Files');
		if (send === undefined) throw new Error('The template has no node "Send New Files"');
		send.parameters.waitSeconds = 0;
		const execution = await run(
			await lab.client.workflows.update(workflow, { nodes: workflow.nodes }),
			'Every Ten Minutes',
		);
		const [sent] = output(execution, 'Send New Files');
		const { name } = sent?.json.package as { name: string };
		expect(output(execution, 'Post Link to Slack').map(({ json }) => json)).toEqual([
			{ channel: '#set', text: `${name}: 1 new file, 0.00 GB\n${String(sent?.json.link_url)}` },
		]);
	});
});

describe('receive-portal-deliveries.json', () => {
	it('downloads a delivery and has the message to send', async () => {
		const portal = lab.sandbox.seedPortal();
		const received = join(lab.folder, 'received');
		const workflow = await importTemplate('receive-portal-deliveries.json', { folder: received });
		await lab.client.triggers.activate(workflow);
		try {
			const upload = { name: 'Cards <!channel> & more', sender: 'anna@example.com', files: { 'A001.mov': 'one' } };
			await uploadThrough(lab.sandbox, portal, upload);
			const execution = await lab.client.executions.waitForNew(workflow, []);
			lab.executions.push(execution);
			const place = output(execution, 'Receive Files')[0]?.json.folder as string;
			expect(await readFile(join(place, 'A001.mov'), 'utf8')).toBe('one');
			const names = place.replace('Cards <!channel> & more', 'Cards &lt;!channel&gt; &amp; more');
			const text = `"Cards &lt;!channel&gt; &amp; more" has arrived: 1 file, 0.00 GB, in ${names}`;
			expect(output(execution, 'Notify Slack').map(({ json }) => json)).toEqual([{ channel: '#deliveries', text }]);
		} finally {
			await lab.client.triggers.deactivate(workflow);
		}
	});
});

describe('delivery-report.json', () => {
	it('has a row for each package that was sent', async () => {
		const sandbox = await lab.switchSandbox({});
		const { id } = sandbox.seedPackage({
			name: '=Dailies',
			recipients: ['anna@example.com', 'ben@example.com'],
			files: [{ name: 'A001.mov', content: 'one' }],
		});
		const execution = await run(await importTemplate('delivery-report.json'), 'Every Morning');
		expect(output(execution, 'Add or Update Rows').map(({ json }) => json)).toEqual([
			{
				'Package ID': id,
				Name: '=Dailies',
				Sent: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d$/) as string,
				Recipients: 'anna@example.com, ben@example.com',
				Files: 1,
				Gigabytes: 0,
				State: 'finalized',
				Expires: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string,
			},
		]);
	});
});

describe('examples/templates/', () => {
	it('contains no template that is not run here', async () => {
		const files = (await readdir(folder)).filter((file) => file.endsWith('.json'));
		expect(files.sort()).toEqual(['delivery-report.json', 'receive-portal-deliveries.json', 'send-new-dailies.json']);
	});
});

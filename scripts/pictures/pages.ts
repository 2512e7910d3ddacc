import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Editor } from '../../e2e/n8n/editor.ts';

export const root = dirname(dirname(import.meta.dirname));

/** What n8n contains when the pictures are taken. */
export interface Content {
	/** The saved credential that points to the sandbox. */
	credentialId: string;
	/** The imported examples, by their file name without `.json`; `firstNode` is on their canvas. */
	workflows: Record<string, { id: string; firstNode: string }>;
}

interface Page {
	/** The picture is `docs/pictures/<name>-<theme>.png`. */
	name: string;
	/** Opens the page and waits for what it is about. */
	open(editor: Editor, content: Content): Promise<void>;
}

export const examples = readdirSync(join(root, 'examples'))
	.filter((file) => file.endsWith('.json'))
	.map((file) => file.replace('.json', ''));

async function openExample(editor: Editor, { workflows }: Content, example: string): Promise<void> {
	const workflow = workflows[example];
	if (workflow === undefined) throw new Error(`There is no example ${example}`);
	await editor.openWorkflow(workflow.id, workflow.firstNode);
}

/** Without the button *Execute workflow*, which hides the names of nodes that are near the lower edge of the canvas. */
async function openCanvas(editor: Editor, content: Content, example: string): Promise<void> {
	await openExample(editor, content, example);
	const button = 'execute-workflow-button';
	await editor.page.getByTestId(button).waitFor();
	await editor.page.addStyleTag({ content: `:has(> * > [data-test-id="${button}"]) { visibility: hidden }` });
}

/** Everything that `npm run screenshots` takes a picture of. */
export const pages: Page[] = [
	{
		name: 'credential',
		open: async (editor, { credentialId }) => {
			await editor.openCredential(credentialId);
			await editor.page.getByText('Team ID').first().waitFor();
		},
	},
	{
		name: 'send-files-panel',
		open: async (editor, content) => {
			await openExample(editor, content, 'send-files');
			const panel = await editor.openNode('Send Files');
			await panel.getByText('File or Folder Paths').first().waitFor();
			await editor.executeNode();
		},
	},
	{
		name: 'receive-files-panel',
		open: async (editor, content) => {
			await openExample(editor, content, 'receive-link');
			const panel = await editor.openNode('Receive Files');
			await panel.getByText('Save To').first().waitFor();
		},
	},
	...examples.map((name) => ({
		name,
		open: async (editor: Editor, content: Content) => await openCanvas(editor, content, name),
	})),
];

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface TemplateNode {
	name: string;
	type: string;
	position: [number, number];
	parameters: { width?: number; height?: number; content?: string };
	credentials?: Record<string, { id: string | null; name: string }>;
	webhookId?: string;
}

const folder = join(__dirname, '../examples/templates');
const descriptions = readFileSync(join(folder, 'README.md'), 'utf8').split(/^## /m).slice(1);
const templates = readdirSync(folder)
	.filter((file) => file.endsWith('.json'))
	.map((file) => {
		const template = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { name: string; nodes: TemplateNode[] };
		return [file, template] as const;
	});

const isNote = ({ type }: TemplateNode): boolean => type === 'n8n-nodes-base.stickyNote';

/** Whether the note lies behind the node, which covers 130 by 160 pixels with its name. */
function isBehind({ position: [left, top], parameters: { width = 0, height = 0 } }: TemplateNode, node: TemplateNode) {
	const [x, y] = node.position;
	return left <= x && top <= y && x + 130 <= left + width && y + 160 <= top + height;
}

it('describes each template', () => {
	const names = descriptions.map((text) => text.split('\n', 1)[0]);
	expect(names.sort()).toEqual(templates.map(([file]) => file).sort());
});

describe.each(templates)('the template %s', (file, { name, nodes }) => {
	const notes = nodes.filter(isNote);
	const others = nodes.filter((node) => !isNote(node));

	it('has its name as the title, in the note and in the description', () => {
		const [about] = notes;
		expect(about?.parameters.content).toMatch(new RegExp(`^## ${name}\n\n### How it works\n`));
		const description = descriptions.find((text) => text.startsWith(`${file}\n`)) ?? '';
		expect(description).toContain(`\n\n**${name}**\n\n`);
		expect(description).toContain('\n**Requirements:** ');
	});

	it('has a note behind each node, and none under the first note', () => {
		const [about, ...parts] = notes;
		const behind = others.map((node) => parts.filter((note) => isBehind(note, node)).length);
		expect(behind).toEqual(others.map(() => 1));
		expect(others.filter((node) => node.position[0] < (about?.position[0] ?? 0) + 460)).toEqual([]);
	});

	it('names its credentials, and identifies nothing of an n8n or an account', () => {
		const credentials = others.flatMap((node) => Object.values(node.credentials ?? {}));
		expect(credentials.length).toBeGreaterThan(1);
		for (const credential of credentials) expect(credential).toEqual({ id: null, name: expect.any(String) as string });
		expect(nodes.filter(({ webhookId }) => webhookId !== undefined)).toEqual([]);
		expect(JSON.stringify(nodes)).not.toMatch(/xox[a-z]-|docs\.google\.com\/spreadsheets/);
	});
});

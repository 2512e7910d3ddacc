import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface ExampleNode {
	name: string;
	type: string;
	position: [number, number];
	parameters: { width?: number; height?: number };
}

interface Box {
	left: number;
	top: number;
	right: number;
	bottom: number;
}

const folder = join(__dirname, '../examples');
const examples = readdirSync(folder)
	.filter((file) => file.endsWith('.json'))
	.map((file) => {
		const { nodes } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { nodes: ExampleNode[] };
		return [file, nodes] as const;
	});

const isNote = ({ type }: ExampleNode): boolean => type === 'n8n-nodes-base.stickyNote';

/** What a node covers on the canvas: a square of 96 pixels with outputs on its right, and below it its name. */
function boxOf({ position: [left, top], parameters: { width, height } }: ExampleNode): Box {
	return { left, top, right: left + (width ?? 130), bottom: top + (height ?? 160) };
}

const overlap = (a: Box, b: Box): boolean =>
	a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** With a margin of a grid unit on each side. */
const widened = ({ left, top, right, bottom }: Box): Box => ({
	left: left - 16,
	top: top - 16,
	right: right + 16,
	bottom: bottom + 16,
});

describe.each(examples)('the example %s', (_, nodes) => {
	const notes = nodes.filter(isNote);
	const others = nodes.filter((node) => !isNote(node));

	it('has a note that touches no node', () => {
		expect(notes).toHaveLength(1);
		const touched = others.filter((node) => notes.some((note) => overlap(widened(boxOf(note)), boxOf(node))));
		expect(touched.map(({ name }) => name)).toEqual([]);
	});

	it('has no nodes that cover each other', () => {
		const pairs = others.flatMap((a, index) => others.slice(index + 1).map((b) => [a, b] as const));
		expect(pairs.filter(([a, b]) => overlap(boxOf(a), boxOf(b))).map(([a, b]) => [a.name, b.name])).toEqual([]);
	});
});

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import ts from 'typescript';

import { MasvApi } from '../../credentials/MasvApi.credentials';
import { MasvPortalApi } from '../../credentials/MasvPortalApi.credentials';
import { Masv } from '../../nodes/Masv/Masv.node';
import { MasvPollingTrigger } from '../../nodes/Masv/MasvPollingTrigger.node';
import { MasvTrigger } from '../../nodes/Masv/MasvTrigger.node';

/** A text that users can see, and where it is written. */
export interface UserText {
	place: string;
	text: string;
}

const root = join(__dirname, '../..');

const textKeys = new Set(['displayName', 'name', 'description', 'hint', 'placeholder', 'action', 'notice']);

/** All labels and explanations in the descriptions of the nodes and credentials, options and collections included. */
export function descriptionTexts(): UserText[] {
	const described = {
		'MASV API': new MasvApi(),
		'MASV Portal API': new MasvPortalApi(),
		MASV: new Masv().description,
		'MASV Polling Trigger': new MasvPollingTrigger().description,
		'MASV Trigger': new MasvTrigger().description,
	};
	return Object.entries(described).flatMap(([name, description]) => walk(name, description));
}

function walk(place: string, value: unknown): UserText[] {
	if (typeof value !== 'object' || value === null) return [];
	return Object.entries(value).flatMap(([key, child]: [string, unknown]) =>
		typeof child === 'string' && textKeys.has(key)
			? [{ place: `${place}.${key}`, text: child }]
			: walk(`${place}.${key}`, child),
	);
}

/** The notes and names in the example workflows and templates. */
export function exampleTexts(): UserText[] {
	const folder = join(root, 'examples');
	const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'));
	return files.sort().flatMap((file) => {
		const workflow = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
			name: string;
			nodes: Array<{ parameters: { content?: string } }>;
		};
		const notes = workflow.nodes.flatMap(({ parameters: { content } }) => content?.split('\n') ?? []);
		return [workflow.name, ...notes].filter((text) => text !== '').map((text) => ({ place: file, text }));
	});
}

/**
 * All string literals and templates of several words in the source of the package: messages, hints, advice, log lines and
 * responses, also those that are assembled from parts. Values inside a template are replaced by "…".
 */
export function sourceTexts(): UserText[] {
	return ['credentials', 'masv', 'nodes'].flatMap((folder) =>
		readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
			.filter((name) => name.endsWith('.ts'))
			.sort()
			.flatMap((name) => textsOf(join(root, folder, name))),
	);
}

function textsOf(path: string): UserText[] {
	const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
	const found: UserText[] = [];
	const visit = (node: ts.Node): void => {
		if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
		const text = textOf(node);
		if (text?.includes(' ')) {
			const { line } = file.getLineAndCharacterOfPosition(node.getStart());
			found.push({ place: `${relative(root, path)}:${line + 1}`, text });
		}
		ts.forEachChild(node, visit);
	};
	visit(file);
	return found;
}

function textOf(node: ts.Node): string | undefined {
	if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
	if (!ts.isTemplateExpression(node)) return undefined;
	return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('…');
}

/** The documents for users. */
const guides = [
	...['README.md', 'CHANGELOG.md', 'examples/templates/README.md'],
	...['installing', 'sending', 'receiving', 'syncing', 'triggers', 'operations', 'scale', 'troubleshooting'].map(
		(name) => `docs/${name}.md`,
	),
];

/** The paragraphs, list items and table rows of these documents, without code. */
export function readmeTexts(): UserText[] {
	return guides.flatMap(markdownTexts);
}

function markdownTexts(file: string): UserText[] {
	const blocks: UserText[] = [];
	let isCode = false;
	let isOpen = false;
	for (const [index, line] of readFileSync(join(root, file), 'utf8').split('\n').entries()) {
		if (line.startsWith('```')) isCode = !isCode;
		if (isCode || /^(```.*|\s*)$/.test(line)) {
			isOpen = false;
			continue;
		}
		const text = line.replaceAll(/`[^`]*`/g, '…').trim();
		const block = blocks.at(-1);
		if (isOpen && block !== undefined && !/^([-|#]|\d+\.)/.test(text)) block.text += ` ${text}`;
		else blocks.push({ place: `${file}:${index + 1}`, text });
		isOpen = true;
	}
	return blocks;
}

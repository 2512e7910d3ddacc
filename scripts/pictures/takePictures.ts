import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { openEditor } from '../../e2e/n8n/editor.ts';
import { pages } from './pages.ts';
import type { Stage } from './stage.ts';

export interface PictureOptions {
	/** Folder for the pictures; created if missing. */
	into: string;
	themes: ReadonlyArray<'light' | 'dark'>;
	/** Names of the pages. Default: all. */
	only?: string[];
	/** Called with one line per picture. */
	report: (line: string) => void;
}

const maxPictureBytes = 150_000;

/**
 * Takes a picture of every page in n8n's editor.
 *
 * @returns one line per problem: a page that did not render, a picture that is too large, a request to another host
 */
export async function takePictures({ n8n, content }: Stage, options: PictureOptions): Promise<string[]> {
	const { into, only, themes, report } = options;
	await mkdir(into, { recursive: true });
	const problems: string[] = [];
	for (const theme of themes) {
		const editor = await openEditor({ n8n, theme });
		try {
			for (const page of pages.filter(({ name }) => only?.includes(name) ?? true)) {
				const name = `${page.name}-${theme}.png`;
				try {
					await page.open(editor, content);
					await editor.shoot(join(into, name));
					const { size } = await stat(join(into, name));
					report(`${name}  ${size} bytes`);
					if (size > maxPictureBytes) problems.push(`${name} has ${size} bytes, more than ${maxPictureBytes}`);
				} catch (error) {
					problems.push(`${name} did not render: ${String(error)}`);
				}
			}
			for (const host of editor.otherHosts()) problems.push(`The editor contacted ${host}`);
		} finally {
			await editor.close();
		}
	}
	return problems;
}

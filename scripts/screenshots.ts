/**
 * Takes the pictures of the README in the real editor, light and dark.
 *
 * With --check, the pictures go to a temporary folder: it only fails if a page does not render any more.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { oneOf, readOptions } from './commandLine/options.ts';
import { undoAll, undoAtEnd } from './commandLine/undo.ts';
import { pages, root } from './pictures/pages.ts';
import { openStage } from './pictures/stage.ts';
import { takePictures } from './pictures/takePictures.ts';

const report = (line: string): void => console.log(line);
const { words: names, check: isCheck } = readOptions('npm run screenshots -- [NAME ...] [--check]', {
	flags: ['check'],
	readWord: oneOf(...pages.map(({ name }) => name)),
});

const into = isCheck ? await mkdtemp(join(tmpdir(), 'masv-pictures-')) : join(root, 'docs', 'pictures');
if (isCheck) undoAtEnd(async () => await rm(into, { recursive: true, force: true }));
try {
	const stage = await openStage(report);
	const problems = await takePictures(stage, {
		into,
		themes: isCheck ? ['light'] : ['light', 'dark'],
		...(names.length > 0 && { only: names }),
		report,
	});
	for (const problem of problems) console.error(problem);
	process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
	await undoAll();
}

/**
 * Takes the pictures of the README in the real editor, light and dark.
 *
 *   npm run screenshots -- [NAME ...] [--check]
 *
 * With --check, the pictures go to a temporary folder: it only fails if a page does not render any more.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { root } from './pictures/pages.ts';
import { openStage } from './pictures/stage.ts';
import { takePictures } from './pictures/takePictures.ts';

const report = (line: string): void => console.log(line);
const words = process.argv.slice(2);
const names = words.filter((word) => !word.startsWith('--'));
const isCheck = words.includes('--check');

const into = isCheck ? await mkdtemp(join(tmpdir(), 'masv-pictures-')) : join(root, 'docs', 'pictures');
const stage = await openStage(report);
try {
	const problems = await takePictures(stage, {
		into,
		themes: isCheck ? ['light'] : ['light', 'dark'],
		...(names.length > 0 && { only: names }),
		report,
	});
	for (const problem of problems) console.error(problem);
	process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
	await stage.close();
	if (isCheck) await rm(into, { recursive: true, force: true });
}

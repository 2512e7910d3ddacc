import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { packTarball } from '../n8n/packTarball.ts';

let folder: string | undefined;

/** Runs before all test files: packs the package, unless there is one to test, such as the one about to be published. */
export default async function setUp({ rootDir: root }: { rootDir: string }): Promise<void> {
	const report = (line: string): void => void process.stderr.write(`${line}\n`);
	if (process.env.MASV_TARBALL !== undefined) return;
	folder = await mkdtemp(join(tmpdir(), 'masv-queue-'));
	process.env.MASV_TARBALL = await packTarball({ root, into: folder, report });
}

export async function tearDown(): Promise<void> {
	if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}

import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

import { asFirstProcess } from '../../support/asFirstProcess';
import { forkSource } from '../../support/forkSource';

const inContainer = asFirstProcess();

let folder: string;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'masv-takeover-'));
});
afterEach(async () => await rm(folder, { recursive: true }));

/** Starts a process that takes the lease, and kills it as soon as it has it. @returns what it reported */
async function runAndKill(line: object, under?: string[]): Promise<{ pid: number | undefined; report: unknown }> {
	const child = forkSource('dyingDelivery.ts', { folder, line, beatMs: 50, silenceMs: 500 }, under);
	const exit = once(child, 'exit');
	const [report] = (await Promise.race([once(child, 'message'), exit])) as [unknown];
	child.kill('SIGKILL');
	await exit;
	return { pid: child.pid, report };
}

describe('a delivery whose process was killed', () => {
	it('is taken over by another process, with its record and a higher fence', async () => {
		expect(await runAndKill({ part: 1 })).toMatchObject({ report: { fence: 1, lines: [] } });
		expect(await runAndKill({ part: 2 })).toMatchObject({ report: { fence: 2, lines: [{ part: 1 }] } });
		expect(await runAndKill({ part: 3 })).toMatchObject({ report: { fence: 3, lines: [{ part: 1 }, { part: 2 }] } });
	});

	(inContainer === undefined ? it.skip : it)(
		'is taken over although another process is alive under its process ID, be it a stranger or its successor itself',
		async () => {
			expect(await runAndKill({ part: 1 }, inContainer)).toMatchObject({ report: { pid: 1, fence: 1 } });
			// Here, process 1 is what has started the system.
			expect(await runAndKill({ part: 2 })).toMatchObject({ report: { fence: 2 } });
			expect(await runAndKill({ part: 3 }, inContainer)).toMatchObject({ report: { pid: 1, fence: 3 } });
			expect(await runAndKill({ part: 4 }, inContainer)).toMatchObject({ report: { pid: 1, fence: 4 } });
		},
	);

	it('leaves nothing that names a host or a process, which a new container may share with it', async () => {
		const { pid } = await runAndKill({ part: 1 });
		const names = await readdir(folder, { recursive: true, withFileTypes: true });
		const files = names.filter((each) => each.isFile());
		const texts = await Promise.all(
			files.map(async ({ parentPath, name }) => `${name} ${await readFile(join(parentPath, name), 'utf8')}`),
		);
		expect(texts).toHaveLength(2);
		for (const text of texts) {
			const withoutHolder = text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, '');
			expect(withoutHolder).not.toContain(hostname());
			expect(withoutHolder.match(/\d+/g)).not.toContain(String(pid));
		}
	});
});

import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';

import { type Lab, openLab } from './support/lab.ts';
import { watchMemory } from './support/memory.ts';

const mebibyte = 1024 * 1024;
const gibibyte = 1024 * mebibyte;

/** Peak memory is read from Linux's /proc; other systems report no peak that can be reset. */
const describeOnLinux = process.platform === 'linux' ? describe : describe.skip;

describeOnLinux('memory of n8n (Linux only: read from /proc)', () => {
	let lab: Lab;

	beforeAll(async () => {
		// A separate n8n, so that memory left over from other tests does not count as idle.
		lab = await openLab({ ownN8n: { env: {} } });
	});

	afterAll(async () => {
		await lab?.close();
	});

	/** Creates a sparse file, which takes no disk space and reads as zeros. */
	async function sparse(name: string, size: number): Promise<string> {
		const path = join(lab.folder, name);
		await mkdir(lab.folder, { recursive: true });
		const file = await open(path, 'w');
		await file.truncate(size);
		await file.close();
		return path;
	}

	async function send(paths: string): Promise<{ bytes: number; files: { id: string; parts: number }[] }> {
		const { items, error } = await lab.run({
			parameters: {
				resource: 'package',
				operation: 'send',
				packageName: 'Large',
				source: 'path',
				paths,
				options: {},
			},
		});
		expect(error?.message).toBeUndefined();
		return items[0]?.json as { bytes: number; files: { id: string; parts: number }[] };
	}

	it('rises by at most 200 MiB while one file of 4 GiB is sent from disk', async () => {
		await send(await sparse('warm-up.bin', 64 * mebibyte));
		const large = await sparse('large.bin', 4 * gibibyte);
		const measured = await watchMemory(lab.n8n.pid);

		const sent = await send(large);

		const { idle, rise } = await measured();
		process.stderr.write(
			`n8n: ${Math.round(idle / mebibyte)} MiB idle, at most ${Math.round(rise / mebibyte)} MiB more for 4 GiB\n`,
		);
		expect(sent.bytes).toBe(4 * gibibyte);
		const stored = lab.sandbox.requests
			.filter(({ step, status }) => step === 'partPut' && status === 200)
			.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
		expect(stored).toBe(4 * gibibyte + 64 * mebibyte);
		expect(rise).toBeLessThanOrEqual(200 * mebibyte);
	});
});

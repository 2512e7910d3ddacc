import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { type Lab, byId, bytes, openLab, sha256, sha256Of } from './support/lab.ts';
import { type MemoryRise, watchMemory } from './support/memory.ts';
import { readPrepared } from './support/prepared.ts';

const mebibyte = 1024 * 1024;

/** Peak memory is read from Linux's /proc; other systems report no peak that can be reset. */
const describeOnLinux = process.platform === 'linux' ? describe : describe.skip;

describeOnLinux('memory of n8n while it receives files (Linux only: read from /proc)', () => {
	let lab: Lab;

	/** Receives one file, after a small one that loads what is needed. @returns the output, and the rise of memory */
	async function receive(
		parameters: Record<string, unknown>,
	): Promise<MemoryRise & { item: Awaited<ReturnType<Lab['run']>>['items'][number] }> {
		const run = async (name: string, reel: Buffer) => {
			const { id } = lab.sandbox.seedPackage({ name, files: [{ name: 'reel.mov', content: reel }] });
			const { items, error } = await lab.run({
				parameters: { resource: 'package', operation: 'receive', packageId: byId(id), ...parameters },
			});
			expect(error?.message).toBeUndefined();
			return items[0]!;
		};
		await run('warm-up', bytes(40 * mebibyte));
		const rise = await watchMemory(lab.n8n.pid);
		const item = await run('large', content);
		return { ...(await rise()), item };
	}

	function report(to: string, { idle, rise }: MemoryRise): void {
		const [atRest, more, size] = [idle, rise, content.length].map((each) => Math.round(each / mebibyte));
		process.stderr.write(`n8n, ${to}: ${atRest} MiB idle, at most ${more} MiB more for ${size} MiB\n`);
	}

	const content = bytes(1024 * mebibyte);

	beforeAll(async () => {
		// A separate n8n, so that memory left over from other tests does not count as idle.
		lab = await openLab({ sandbox: { storageTls: readPrepared().storageTls }, ownN8n: { env: {} } });
	});

	afterAll(async () => {
		await lab?.close();
	});

	it('rises by at most 64 MiB for 1 GiB to a folder', async () => {
		const folder = join(lab.folder, 'in');
		const received = await receive({ saveTo: 'folder', folder });
		report('to a folder', received);
		const [file] = received.item.json.files as Array<{ location: string }>;
		expect(await sha256Of(file?.location ?? '')).toBe(sha256(content));
		expect(received.rise).toBeLessThanOrEqual(64 * mebibyte);
		await rm(folder, { recursive: true });
	});

	it('rises by at most 160 MiB for 1 GiB to a binary field', async () => {
		const received = await receive({ saveTo: 'binary', outputField: 'data' });
		report('to a binary field (filesystem)', received);
		expect(sha256(await lab.client.executions.download(received.item.binary!.data!))).toBe(sha256(content));
		expect(received.rise).toBeLessThanOrEqual(160 * mebibyte);
	});
});

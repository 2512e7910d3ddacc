import { fork } from 'node:child_process';
import { once } from 'node:events';
import type * as fs from 'node:fs/promises';
import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { folderLeases } from '../../../masv/node/folderLeases';
import type { Leases } from '../../../masv/transfer/lease';
import { describeLeases } from '../../contracts/leases';
import { steppedClock } from '../../support/steppedClock';

jest.mock('node:fs/promises', () => {
	const actual = jest.requireActual<typeof fs>('node:fs/promises');
	return { ...actual, open: jest.fn(actual.open) };
});

const times = { beatMs: 5_000, silenceMs: 30_000 };

async function openWorld() {
	const folder = await mkdtemp(join(tmpdir(), 'masv-leases-'));
	const clock = steppedClock();
	const frozen = new Set<Leases>();
	const join_ = (): Leases => {
		const leases: Leases = folderLeases(
			folder,
			{
				...clock,
				// A frozen process never gets on.
				sleep: async (ms, signal) => {
					await clock.sleep(ms, signal);
					if (frozen.has(leases)) await new Promise(() => {});
				},
			},
			times,
		);
		return leases;
	};
	return {
		folder,
		join: join_,
		advance: clock.advance,
		freeze: (leases: Leases) => void frozen.add(leases),
		silenceMs: times.silenceMs,
		close: async () => await rm(folder, { recursive: true }),
	};
}

describeLeases('a folder', openWorld);

describe('leases in a folder', () => {
	it('take over a file that its holder died before writing', async () => {
		const { folder, join: joinFolder, advance, close } = await openWorld();
		await writeFile(join(folder, 'key.7.lease'), '');
		let lease: Awaited<ReturnType<Leases['take']>> | undefined;
		const taking = joinFolder()
			.take('key')
			.then((taken) => (lease = taken));
		for (let turn = 0; turn < 1_000 && lease === undefined; turn++) await advance(times.silenceMs / 20);
		expect(await taking).toMatchObject({ fence: 8 });
		expect(await readdir(folder)).toEqual(['key.8.lease']);
		await close();
	});

	it('are not granted to who comes late for a generation that was there and is gone', async () => {
		const { folder, join: joinFolder, close } = await openWorld();
		await writeFile(join(folder, 'key.1.lease'), '{"holder":"x","beat":3,"released":true}');
		const create = open as jest.MockedFunction<typeof open>;
		create.mockClear();
		const actual = jest.requireActual<typeof fs>('node:fs/promises');
		create.mockImplementation(async (path, flags, mode) => {
			// Two others have had the lease meanwhile; the second still has it and has removed what was before.
			if (flags === 'wx' && String(path).endsWith('key.2.lease')) {
				await writeFile(join(folder, 'key.3.lease'), '{"holder":"y","beat":0,"released":true}');
				await rm(join(folder, 'key.1.lease'));
			}
			return await actual.open(path, flags, mode);
		});
		const lease = await joinFolder().take('key');
		create.mockImplementation(actual.open);
		expect(lease).toMatchObject({ fence: 4 });
		expect(await readdir(folder)).toEqual(['key.4.lease']);
		await close();
	});

	it('fail with the code of the system when the folder is not there', async () => {
		const leases = folderLeases(join(tmpdir(), 'masv-no-such-folder'), steppedClock());
		await expect(leases.take('key')).rejects.toMatchObject({ code: 'ENOENT' });
	});
});

describe('dead leases that four processes want at the same moment', () => {
	it('are each granted to exactly one of them', async () => {
		const folder = await mkdtemp(join(tmpdir(), 'masv-leases-'));
		const log = join(folder, 'log');
		const keys = Array.from({ length: 100 }, (_, index) => `key${index}`);
		// What a process leaves behind that dies while it holds a lease, or before it has written who it is.
		for (const [index, key] of keys.entries()) {
			await writeFile(
				join(folder, `${key}.1.lease`),
				index % 2 === 0 ? '' : '{"holder":"x","beat":3,"released":false}',
			);
		}
		const children = Array.from({ length: 4 }, () =>
			fork(join(__dirname, '../../support/leaseContender.ts'), [JSON.stringify({ folder, log, keys })], {
				execArgv: [
					'--import',
					join(__dirname, '../../support/typescriptImports.mjs'),
					'--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
				],
			}),
		);
		await Promise.all(children.map(async (child) => void (await once(child, 'message'))));
		for (const child of children) child.kill('SIGKILL');
		expect((await readFile(log, 'utf8')).trim().split('\n').sort()).toEqual([...keys].sort());
		await rm(folder, { recursive: true });
	});
});

import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { MasvTransferError } from '../../../masv/errors';
import { diskSource } from '../../../masv/node/diskSource';
import type { FileCalls } from '../../../masv/node/fileCalls';
import { fileCalls } from '../../../masv/node/fileCalls';
import type { Timer } from '../../../masv/node/callLimit';
import { describeRangeSource } from '../../contracts/fileSource';
import { failureOf } from '../../support/failureOf';
import { useTestFiles } from '../../support/testFiles';

const createFile = useTestFiles();

describeRangeSource(
	'a file on disk',
	async (content) => {
		const { location, facts } = await createFile(content);
		return { source: diskSource(location, facts), location };
	},
	{ isFile: true },
);

describe('diskSource', () => {
	it('does not follow a link that was put in the place of the file', async () => {
		const { location, facts } = await createFile(Buffer.from('mine'));
		const { location: secret } = await createFile(Buffer.from('secret'));
		const source = diskSource(location, facts);
		await rm(location);
		await symlink(secret, location);
		expect(await failureOf(source.open())).toMatchObject({ code: 'ELOOP' });
	});

	it('does not follow a link that was put in the place of a folder of its path', async () => {
		const { location, facts } = await createFile(Buffer.from('mine'));
		const folder = dirname(location);
		const inner = join(folder, 'folder');
		await mkdir(inner);
		await rename(location, join(inner, 'file'));
		const source = diskSource(join(inner, 'file'), facts);
		await rename(inner, join(folder, 'moved'));
		await symlink(join(folder, 'moved'), inner);
		expect(await failureOf(source.open())).toMatchObject({ code: 'ELOOP' });
	});
});

describe('a disk that hangs', () => {
	/** Calls that hang, until the test lets them return. */
	async function hanging(call: 'open' | 'read' | 'look') {
		const { location, facts } = await createFile(Buffer.from('content'));
		const closed: number[] = [];
		let release: () => void = () => undefined;
		const released = new Promise<void>((resolve) => (release = resolve));
		let reach: () => void = () => undefined;
		const reached = new Promise<void>((resolve) => (reach = resolve));
		const hang = async (): Promise<void> => {
			reach();
			await released;
		};
		let isHanging = false;
		const calls: FileCalls = {
			...fileCalls,
			open: async (...parameters) => {
				if (call === 'open') await hang();
				return await fileCalls.open(...parameters);
			},
			read: async (...parameters) => {
				if (call === 'read') await hang();
				return await fileCalls.read(...parameters);
			},
			look: async (file) => {
				if (call === 'look' && isHanging) await hang();
				isHanging = true;
				return await fileCalls.look(file);
			},
			close: (file) => {
				closed.push(file);
				fileCalls.close(file);
			},
		};
		const limits: Array<{ run: () => void; ms: number }> = [];
		const timer: Timer = (run, ms) => {
			const limit = { run, ms };
			limits.push(limit);
			return () => void limits.splice(limits.indexOf(limit), 1);
		};
		const source = diskSource(location, facts, { calls, timer });
		const closes = async (): Promise<void> => {
			while (closed.length === 0) await new Promise((resolve) => setImmediate(resolve));
		};
		return { source, limits, reached, release, closed, closes };
	}

	it.each(['open', 'read', 'look'] as const)('in "%s" is an error that names the file', async (call) => {
		const { source, limits, reached, release, closed, closes } = await hanging(call);
		const work = async (): Promise<unknown> => {
			const reader = await source.open();
			try {
				return call === 'read' ? await reader.read(new Uint8Array(7), 0) : await reader.look();
			} finally {
				reader.close();
			}
		};
		const failure = failureOf(work());
		await reached;
		expect(limits.map(({ ms }) => ms)).toEqual([120_000]);
		limits[0]?.run();
		const error = await failure;
		expect(error).toBeInstanceOf(MasvTransferError);
		expect(error).toMatchObject({
			code: 'file_read_stalled',
			message: `"${source.name}" cannot be read: the disk did not respond for 120 seconds`,
		});
		expect(closed).toEqual([]);
		release();
		await closes();
		expect(closed).toHaveLength(1);
	});
});

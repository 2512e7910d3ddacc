import { execFileSync } from 'node:child_process';
import { constants, readdirSync, renameSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import {
	link,
	lstat,
	mkdir,
	mkdtemp,
	readdir,
	readFile,
	realpath,
	rename,
	rm,
	symlink,
	utimes,
	writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setImmediate as nextIteration } from 'node:timers/promises';

import type { TargetPlace } from '../../../masv/download/target';
import type { DiskSinkOptions } from '../../../masv/node/diskSink';
import { diskSink } from '../../../masv/node/diskSink';
import { diskTarget } from '../../../masv/node/diskTarget';
import { FoldersInUse } from '../../../masv/node/foldersInUse';
import { localCalls } from '../../../masv/node/localCalls';
import type { OpenFolder } from '../../../masv/node/openFolder';
import { openFolder } from '../../../masv/node/openFolder';
import type { Timer } from '../../../masv/node/callLimit';
import type { WriteCalls } from '../../../masv/node/writeCalls';
import { writeCalls } from '../../../masv/node/writeCalls';
import { MasvCancelledError, MasvTransferError } from '../../../masv/errors';
import type { OpenSink } from '../../../masv/transfer/sink';
import { describeFileSink } from '../../contracts/fileSink';
import { failureOf } from '../../support/failureOf';

let base: string;
let root: OpenFolder;
beforeEach(async () => {
	base = await realpath(await mkdtemp(join(tmpdir(), 'masv-sink-')));
	await mkdir(at('in'));
	await mkdir(at('secret'));
	await writeFile(at('secret', 'clip.mov'), 'hers');
	root = await openFolder(at('in'), writeCalls);
});
afterEach(async () => {
	root.close();
	await rm(base, { recursive: true });
});

const at = (...names: string[]) => join(base, ...names);
const clip: TargetPlace = { folders: ['a', 'b'], name: 'clip.mov', partial: 'clip.mov.part' };
const modifiedAt = new Date('2019-08-07T06:05:04.321Z');
const anything = () => undefined;

/** A system that does not report the path of an open file, as a container without /proc. */
const silent: WriteCalls = { ...writeCalls, pathOf: () => undefined };
/** A disk on which no file can have two names. */
const linkless: WriteCalls = {
	...writeCalls,
	link: () => Promise.reject(Object.assign(new Error('not supported'), { code: 'EPERM' })),
};

function sinkOf(place = clip, more: Partial<DiskSinkOptions> = {}) {
	return diskSink(inUseBelow(root, more.calls), place, { replace: false, checkAllowed: anything, ...more });
}

function inUseBelow(folder: OpenFolder, calls: WriteCalls = writeCalls) {
	return new FoldersInUse(folder, async () => await Promise.resolve(calls));
}

async function open(place = clip, more: Partial<DiskSinkOptions> = {}): Promise<OpenSink> {
	return await sinkOf(place, more).open();
}

/** Receives a file with this content. @returns its location */
async function receive(content: string, place = clip, more: Partial<DiskSinkOptions> = {}): Promise<string> {
	const sink = await open(place, more);
	try {
		await sink.write(Buffer.from(content), 0);
		return await sink.finish({ bytes: content.length, modifiedAt });
	} finally {
		await sink.close();
	}
}

it.each([true, false])(
	'leaves alone what another run or somebody places while this one is frozen after the file got its name (replacing: %s)',
	async (replace) => {
		const path = at('in', 'a', 'b', 'clip.mov');
		await receive('old', clip);
		if (!replace) await rm(path);
		const isNaming = (to: string) => to.endsWith('clip.mov');
		const freezing: WriteCalls = {
			...writeCalls,
			link: async (from, to) => {
				await writeCalls.link(from, to);
				if (isNaming(to)) await receive('of another run', clip, { replace: true });
			},
			rename: async (from, to) => {
				await writeCalls.rename(from, to);
				if (isNaming(to)) await receive('of another run', clip, { replace: true });
			},
		};
		await receive('mine', clip, { calls: freezing, replace }).catch(() => undefined);
		expect(await readFile(path, 'utf8')).toBe('of another run');
		expect(await treeOf('in', 'a', 'b')).toEqual(['clip.mov']);
	},
);

it.each([
	['ENOTSUP', 'mine'],
	['EMLINK', 'mine'],
	['EIO', undefined],
])('gets its name although the disk gives no second one, but not if the disk fails (%s)', async (code, expected) => {
	const link = () => Promise.reject(Object.assign(new Error(code), { code }));
	await receive('mine', clip, { calls: { ...writeCalls, link } }).catch(() => undefined);
	const found = await readFile(at('in', 'a', 'b', 'clip.mov'), 'utf8').catch(() => undefined);
	expect(found).toBe(expected);
});

it('gets its partial file although another program removes the one that was there', async () => {
	await mkdir(at('in', 'a', 'b'), { recursive: true });
	const partial = at('in', 'a', 'b', 'clip.mov.part');
	await writeFile(partial, 'left');
	const calls: WriteCalls = {
		...writeCalls,
		lookAt: async (path) => {
			if (path.endsWith('.part')) await rm(partial, { force: true });
			return await writeCalls.lookAt(path);
		},
	};
	const sink = await open(clip, { calls });
	await sink.close();
	expect(await treeOf('in', 'a', 'b')).toEqual([]);
});

describe('a file that replaces another one', () => {
	const names = () => [at('in', 'a', 'b', 'clip.mov'), at('in', 'a', 'b', 'clip.mov.part')] as const;
	const interimNames = async () => (await treeOf('in', 'a', 'b')).filter((name) => name.startsWith('.masv-'));

	it('is continued if its run was killed in between', async () => {
		const [path] = names();
		await receive('old', clip);
		const fails = () => Promise.reject(new Error('killed'));
		const killed = await open(clip, { calls: { ...writeCalls, rename: fails, remove: fails }, replace: true });
		await killed.write(Buffer.from('mine'), 0);
		const { partial } = killed;
		await failureOf(killed.finish({ bytes: 4, modifiedAt }));
		await killed.close();
		expect(await interimNames()).toHaveLength(1);
		const next = await open(clip, { replace: true });
		expect(next.partial).toBe(partial);
		await next.finish({ bytes: 4, modifiedAt });
		await next.close();
		expect([await readFile(path, 'utf8'), await treeOf('in', 'a', 'b')]).toEqual(['mine', ['clip.mov']]);
	});

	it('uses the name that a killed run has left, and no file of somebody that has it', async () => {
		const [path, partial] = names();
		for (const isLeft of [true, false]) {
			await receive('old', clip, { replace: true });
			const sink = await open(clip, { replace: true });
			await sink.write(Buffer.from('mine'), 0);
			const interim = at('in', 'a', 'b', `.masv-interim-${(await lstat(partial)).ino}`);
			await (isLeft ? link(partial, interim) : writeFile(interim, 'hers'));
			await sink.finish({ bytes: 4, modifiedAt });
			await sink.close();
			expect(await readFile(path, 'utf8')).toBe('mine');
			expect(await interimNames()).toEqual(isLeft ? [] : [basename(interim)]);
		}
	});

	it('leaves nothing behind if a folder has the name', async () => {
		const [path] = names();
		await mkdir(path, { recursive: true });
		expect(await failureOf(receive('mine', clip, { replace: true }))).toMatchObject({ code: 'file_exists' });
		expect(await treeOf('in', 'a', 'b')).toEqual(['clip.mov', 'clip.mov.part']);
	});
});

describe('when another run has taken over', () => {
	/** A disk on which a call takes until it is let go. */
	function slowDisk(call: 'write' | 'sync') {
		let letGo = (): void => undefined;
		const gate = new Promise<void>((resolve) => (letGo = resolve));
		let reach = (): void => undefined;
		const reached = new Promise<void>((resolve) => (reach = resolve));
		const slowly = (): Promise<void> => (reach(), gate);
		const calls: WriteCalls = {
			...writeCalls,
			write: async (...args) => {
				if (call === 'write') await slowly();
				return await writeCalls.write(...args);
			},
			sync: async (...args) => {
				if (call === 'sync') await slowly();
				await writeCalls.sync(...args);
			},
		};
		return { calls, reached, letGo };
	}
	const lost = new MasvTransferError('Lost', { file: '', code: 'delivery_taken_over' });
	let isLost: boolean;
	beforeEach(() => void (isLost = false));
	const guard = { check: async () => await (isLost ? Promise.reject(lost) : Promise.resolve()) };

	it('writes nothing that was waiting for its turn', async () => {
		const { calls, reached, letGo } = slowDisk('write');
		const sink = await sinkOf(clip, { calls }).open(guard);
		const writes = [0, 4].map(async (position) => await sink.write(Buffer.from('mine'), position));
		const failure = failureOf(writes[1] as Promise<void>);
		// The first one is with the system.
		await reached;
		isLost = true;
		letGo();
		await writes[0];
		expect(await failure).toBe(lost);
		await sink.close();
		expect(await readFile(at('in', 'a', 'b', 'clip.mov.part'), 'utf8')).toBe('mine');
	});

	it.each([true, false])('gives no file its name at the last moment (replacing: %s)', async (replace) => {
		const taking: WriteCalls = {
			...writeCalls,
			link: async (from, to) => {
				isLost = true;
				await writeCalls.link(from, to);
			},
		};
		const sink = await sinkOf(clip, { calls: taking, replace }).open(guard);
		await sink.write(Buffer.from('mine'), 0);
		expect(await failureOf(sink.finish({ bytes: 4, modifiedAt }))).toBe(lost);
		await sink.close();
		expect(await readdir(at('in', 'a', 'b'))).toEqual(['clip.mov.part']);
	});

	it('gives no file its name that the disk was still writing', async () => {
		const { calls, letGo } = slowDisk('sync');
		const sink = await sinkOf(clip, { calls }).open(guard);
		await sink.write(Buffer.from('mine'), 0);
		const finishing = failureOf(sink.finish({ bytes: 4, modifiedAt }));
		isLost = true;
		letGo();
		expect(await finishing).toBe(lost);
		await sink.close();
		expect(await readdir(at('in', 'a', 'b'))).toEqual(['clip.mov.part']);
	});
});

it('has the stamp that the file is found with, until it is changed', async () => {
	const target = await diskTarget(at('in'), { checkAllowed: anything });
	const found = async () => (await target.look(clip))?.stamp;
	const sink = await open();
	await sink.write(Buffer.from('content'), 0);
	await sink.finish({ bytes: 7, modifiedAt });
	const stamp = await sink.stamp?.();
	await sink.close();
	expect(stamp).toMatch(/^\d+-7-\d+-\d+$/);
	expect(await found()).toBe(stamp);
	await writeFile(at('in', 'a', 'b', 'clip.mov'), 'CONTENT');
	await utimes(at('in', 'a', 'b', 'clip.mov'), modifiedAt, modifiedAt);
	expect(await found()).not.toBe(stamp);
	target.close();
});

/** Everything below a folder, but not what links lead to. */
async function treeOf(...names: string[]): Promise<string[]> {
	return (await readdir(at(...names), { recursive: true })).sort();
}

describe.each<[string, WriteCalls]>([
	['a disk', writeCalls],
	['a disk of this machine', localCalls],
	['a system that does not report paths', silent],
	['a disk without second names', linkless],
])('on %s', (_, calls) => {
	describeFileSink('a file', async () => {
		await mkdir(at('in', 'a', 'b'), { recursive: true });
		return { sink: sinkOf(clip, { calls }), location: at('in', 'a', 'b', 'clip.mov'), partial: 'clip.mov.part' };
	});

	it('creates the folders that are missing', async () => {
		expect(await receive('mine', clip, { calls })).toBe(at('in', 'a', 'b', 'clip.mov'));
		expect(await treeOf('in')).toEqual(['a', 'a/b', 'a/b/clip.mov']);
	});

	it('many files at once can share folders that are missing', async () => {
		const places = Array.from({ length: 20 }, (__, index) => ({
			folders: ['x', 'y'],
			name: `${index}`,
			partial: `${index}.part`,
		}));
		await Promise.all(places.map(async (place) => await receive(place.name, place, { calls })));
		expect(await readdir(at('in', 'x', 'y'))).toHaveLength(20);
	});

	it('does not replace a file that must stay, even if it appears at the last moment', async () => {
		const sink = await open(clip, { calls });
		await sink.write(Buffer.from('mine'), 0);
		await writeFile(at('in', 'a', 'b', 'clip.mov'), 'theirs');
		const error = await failureOf(sink.finish({ bytes: 4, modifiedAt }));
		expect(error).toMatchObject({ code: 'file_exists', file: 'a/b/clip.mov' });
		await sink.close();
		expect(await readFile(at('in', 'a', 'b', 'clip.mov'), 'utf8')).toBe('theirs');
		expect(await readFile(at('in', 'a', 'b', 'clip.mov.part'), 'utf8')).toBe('mine');
	});

	it('replaces a file that may be replaced', async () => {
		await receive('old', clip, { calls });
		await receive('new one', clip, { calls, replace: true });
		expect(await readFile(at('in', 'a', 'b', 'clip.mov'), 'utf8')).toBe('new one');
		expect(await treeOf('in', 'a', 'b')).toEqual(['clip.mov']);
	});

	it.each([true, false])('replaces no folder (replace: %s)', async (replace) => {
		await mkdir(at('in', 'a', 'b', 'clip.mov'), { recursive: true });
		expect(await failureOf(receive('mine', clip, { calls, replace }))).toMatchObject({ code: 'file_exists' });
		expect((await lstat(at('in', 'a', 'b', 'clip.mov'))).isDirectory()).toBe(true);
	});

	it('replaces a link that may be replaced, and not what it leads to', async () => {
		await mkdir(at('in', 'a', 'b'), { recursive: true });
		await symlink(at('secret', 'clip.mov'), at('in', 'a', 'b', 'clip.mov'));
		expect(await failureOf(receive('mine', clip, { calls }))).toMatchObject({ code: 'file_exists' });
		await receive('mine', clip, { calls, replace: true });
		expect(await readFile(at('secret', 'clip.mov'), 'utf8')).toBe('hers');
		expect((await lstat(at('in', 'a', 'b', 'clip.mov'))).isFile()).toBe(true);
	});

	describe.each([
		['first', ['a']],
		['last', ['a', 'b']],
	])('with a link in the place of the %s folder', (__, names) => {
		const plant = async (target: string) => {
			await mkdir(at('in', ...names.slice(0, -1)), { recursive: true });
			await symlink(target, at('in', ...names));
		};

		it('follows it neither to another folder nor back', async () => {
			for (const target of [at('secret'), '../secret', '.']) {
				await plant(target);
				expect(await failureOf(receive('mine', clip, { calls }))).toMatchObject({ code: 'file_not_writable' });
				expect(await treeOf('secret')).toEqual(['clip.mov']);
				await rm(at('in', ...names));
			}
		});

		it('follows it neither if it is planted while the file is received', async () => {
			const sink = await open(clip, { calls });
			await sink.write(Buffer.from('mi'), 0);
			await mkdir(at('secret', 'b'));
			await writeFile(at('secret', 'b', 'clip.mov.part'), 'bait');
			await rename(at('in', ...names), at('in', 'moved'));
			await symlink(at('secret'), at('in', ...names));
			await sink.write(Buffer.from('ne'), 2);
			// It would not be where the result says.
			expect(await failureOf(sink.finish({ bytes: 4, modifiedAt }))).toMatchObject({ code: 'partial_file_changed' });
			await sink.close();
			expect(await treeOf('secret')).toEqual(['b', 'b/clip.mov.part', 'clip.mov']);
			expect(await readFile(at('secret', 'clip.mov'), 'utf8')).toBe('hers');
			expect(await readFile(at('secret', 'b', 'clip.mov.part'), 'utf8')).toBe('bait');
		});
	});

	it.each<[string, (path: string) => Promise<unknown> | void]>([
		['a link to a file', async (path) => await symlink(at('secret', 'clip.mov'), path)],
		['a link that leads nowhere', async (path) => await symlink(at('secret', 'new'), path)],
		['a second name of another file', async (path) => await link(at('secret', 'clip.mov'), path)],
		['a pipe', (path) => void execFileSync('mkfifo', [path])],
	])('writes nothing into %s that has the name of the partial file', async (__, plant) => {
		await mkdir(at('in', 'a', 'b'), { recursive: true });
		await plant(at('in', 'a', 'b', 'clip.mov.part'));
		await receive('mine', clip, { calls });
		expect(await readFile(at('in', 'a', 'b', 'clip.mov'), 'utf8')).toBe('mine');
		expect(await treeOf('secret')).toEqual(['clip.mov']);
		expect(await readFile(at('secret', 'clip.mov'), 'utf8')).toBe('hers');
	});

	it('says that a folder has the name of the partial file', async () => {
		await mkdir(at('in', 'a', 'b', 'clip.mov.part'), { recursive: true });
		expect(await failureOf(open(clip, { calls }))).toMatchObject({
			code: 'file_exists',
			message: '"a/b/clip.mov" cannot be written: a folder has its name (EISDIR)',
		});
	});

	it('says that a file is where a folder must be', async () => {
		await writeFile(at('in', 'a'), '');
		expect(await failureOf(open(clip, { calls }))).toMatchObject({
			code: 'file_not_writable',
			message: expect.stringContaining('a file or a link is where one of its folders must be') as unknown,
		});
	});

	it('gives no name to a partial file that another program has replaced', async () => {
		const sink = await open(clip, { calls });
		await sink.write(Buffer.from('mine'), 0);
		await rm(at('in', 'a', 'b', 'clip.mov.part'));
		await writeFile(at('in', 'a', 'b', 'clip.mov.part'), 'evil');
		expect(await failureOf(sink.finish({ bytes: 4, modifiedAt }))).toMatchObject({ code: 'partial_file_changed' });
		await sink.close();
		expect(await treeOf('in', 'a', 'b')).toEqual(['clip.mov.part']);
	});

	it('gives no name to a partial file of the same number on another disk, which was mounted there meanwhile', async () => {
		const mounted: WriteCalls = {
			...calls,
			lookAt: async (path) => {
				const found = await calls.lookAt(path);
				return Object.assign(found, { dev: found.dev + 1n });
			},
		};
		const sink = await open(clip, { calls: mounted });
		await sink.write(Buffer.from('mine'), 0);
		expect(await failureOf(sink.finish({ bytes: 4, modifiedAt }))).toMatchObject({ code: 'partial_file_changed' });
		await sink.close();
		expect(await treeOf('in', 'a', 'b')).toEqual(['clip.mov.part']);
	});

	it.each([
		[true, true],
		[true, false],
		[false, false],
	])(
		'gives no name to the partial file of a run that begins anew at the same moment (replacing: %s, something: %s)',
		async (replace, hasOld) => {
			const beginAnew = async () => {
				await rm(at('in', 'a', 'b', 'clip.mov.part'));
				await writeFile(at('in', 'a', 'b', 'clip.mov.part'), 'theirs');
			};
			const racing: WriteCalls = {
				...calls,
				link: async (from, to) => {
					if (calls !== linkless) await beginAnew();
					await calls.link(from, to);
				},
				rename: async (from, to) => {
					if (from.endsWith('.part')) await beginAnew();
					await calls.rename(from, to);
				},
			};
			const sink = await open(clip, { calls: racing, replace });
			await sink.write(Buffer.from('mine'), 0);
			if (hasOld) await writeFile(at('in', 'a', 'b', 'clip.mov'), 'old');
			// Without second names, it is replaced first and taken back then.
			const isKept = hasOld && calls !== linkless;
			expect(await failureOf(sink.finish({ bytes: 4, modifiedAt }))).toMatchObject({ code: 'partial_file_changed' });
			await sink.close();
			expect(await treeOf('in', 'a', 'b')).toEqual([...(isKept ? ['clip.mov'] : []), 'clip.mov.part']);
			expect(await readFile(at('in', 'a', 'b', 'clip.mov.part'), 'utf8')).toBe('theirs');
		},
	);

	it('asks whether each location is allowed before anything is created there', async () => {
		const asked: Array<[string, string[]]> = [];
		const checkAllowed = (location: string) => {
			asked.push([location.slice(base.length + 1), readdirSync(at('in'), { recursive: true }) as string[]]);
		};
		await receive('mine', clip, { calls, checkAllowed });
		expect(asked).toEqual([
			['in/a', []],
			['in/a/b', ['a']],
			['in/a/b/clip.mov', ['a', 'a/b']],
			['in/a/b/clip.mov.part', ['a', 'a/b']],
		]);
	});

	it.each(['in/a', 'in/a/b', 'in/a/b/clip.mov', 'in/a/b/clip.mov.part'])(
		'writes no file if %s is not allowed',
		async (refused) => {
			const refusal = new Error('not allowed');
			const checkAllowed = (location: string) => {
				if (location === at(refused)) throw refusal;
			};
			const error = await failureOf(open(clip, { calls, checkAllowed }));
			expect(error.message).toContain('not allowed');
			expect((await treeOf('in')).filter((name) => name.includes('clip'))).toEqual([]);
		},
	);
});

it('a file whose run was killed before it could remove the partial name is not written to again', async () => {
	const location = await receive('whole');
	await link(location, `${location}.part`);
	const sink = await open(clip, { replace: true });
	await sink.write(Buffer.from('anew!'), 0);
	expect(await readFile(location, 'utf8')).toBe('whole');
	await sink.finish({ bytes: 5, modifiedAt });
	await sink.close();
	expect(await readFile(location, 'utf8')).toBe('anew!');
});

it.each<[keyof WriteCalls, boolean]>([
	['open', true],
	['lookAt', true],
	['write', true],
	['setTimes', true],
	['sync', true],
	['rename', true],
	['link', false],
	['remove', false],
])('a link that takes the place of the folder right before "%s" leads nothing elsewhere', async (step, replace) => {
	let isPlanted = false;
	const call = (writeCalls as unknown as Record<string, (...these: unknown[]) => unknown>)[step];
	const planting = {
		...writeCalls,
		[step]: (...these: unknown[]) => {
			if (!isPlanted && (typeof these[0] === 'number' || these.join(' ').includes('clip'))) {
				isPlanted = true;
				renameSync(at('in', 'a'), at('in', 'before'));
				symlinkSync(at('secret'), at('in', 'a'));
			}
			return call?.(...these);
		},
	};
	await mkdir(at('in', 'a'));
	if (replace) await writeFile(at('in', 'a', 'clip.mov'), 'old');
	await receive('mine', { ...clip, folders: ['a'] }, { calls: planting, replace }).catch(() => undefined);
	expect(isPlanted).toBe(true);
	expect([await treeOf('secret'), await readFile(at('secret', 'clip.mov'), 'utf8')]).toEqual([['clip.mov'], 'hers']);
});

describe.each([
	['reports paths', writeCalls],
	['does not report paths', silent],
])('on a system that %s, nothing is written elsewhere', (_, calls) => {
	/** Does something right before the partial file is opened. */
	const before = (act: () => void): WriteCalls => {
		let isDone = false;
		return {
			...calls,
			open: async (path, flags) => {
				if (path.endsWith('.part') && !isDone) {
					isDone = true;
					act();
				}
				return await calls.open(path, flags);
			},
		};
	};

	it('when a link takes the place of the folder right before the partial file is created', async () => {
		await mkdir(at('in', 'a'));
		const planting = before(() => {
			renameSync(at('in', 'a'), at('in', 'before'));
			symlinkSync(at('secret'), at('in', 'a'));
		});
		const error = await failureOf(receive('mine', { ...clip, folders: ['a'] }, { calls: planting }));
		expect(error).toMatchObject({ code: 'file_not_writable' });
		// Where the system does not report paths, an empty file may have been created.
		for (const name of await treeOf('secret')) {
			expect(await readFile(at('secret', name), 'utf8')).toBe(name === 'clip.mov' ? 'hers' : '');
		}
	});

	it('when a link takes the place of a partial file that was found', async () => {
		await writeFile(at('in', 'clip.mov.part'), 'mi');
		let opens = 0;
		const planting: WriteCalls = {
			...calls,
			open: async (path, flags) => {
				// The first one would create it.
				if (path.endsWith('.part') && ++opens === 2) {
					renameSync(at('in', 'clip.mov.part'), at('in', 'before'));
					symlinkSync(at('secret', 'clip.mov'), at('in', 'clip.mov.part'));
				}
				return await calls.open(path, flags);
			},
		};
		const error = await failureOf(receive('mine', { ...clip, folders: [] }, { calls: planting }));
		expect([opens, error]).toMatchObject([2, { code: 'file_not_writable' }]);
		expect(await readFile(at('secret', 'clip.mov'), 'utf8')).toBe('hers');
	});
});

/** A disk that numbers names, not files, as sshfs and some SMB shares do: a second name looks like another file. */
const numberingNames: WriteCalls = {
	...writeCalls,
	lookAt: async (path) => {
		const found = await writeCalls.lookAt(path);
		if (basename(path).startsWith('.masv-interim-')) found.ino += 1_000_000n;
		return found;
	},
};

describe('a disk on which a second name looks like another file', () => {
	it.each([true, false])('receives files (replacing: %s)', async (replace) => {
		if (replace) await receive('old');
		await receive('mine', clip, { calls: numberingNames, replace });
		expect(await readFile(at('in', 'a', 'b', 'clip.mov'), 'utf8')).toBe('mine');
		expect(await readdir(at('in', 'a', 'b'))).toEqual(['clip.mov']);
	});

	it('gives no name to a partial file that another program replaces at the last moment', async () => {
		const replacing: WriteCalls = {
			...numberingNames,
			link: async (from, to) => {
				await writeFile(`${from}.new`, 'hers');
				await rename(`${from}.new`, from);
				await link(from, to);
			},
		};
		expect(await failureOf(receive('mine', clip, { calls: replacing }))).toMatchObject({
			code: 'partial_file_changed',
		});
		expect(await readdir(at('in', 'a', 'b'))).toEqual(['clip.mov.part']);
	});
});

describe('a disk that sets no times', () => {
	const failing = (code: string): WriteCalls => ({
		...writeCalls,
		setTimes: async () => await Promise.reject(Object.assign(new Error(code), { code })),
	});

	it.each(['EPERM', 'ENOSYS', 'EOPNOTSUPP'])('receives files all the same (%s)', async (code) => {
		const location = await receive('mine', clip, { calls: failing(code) });
		expect(await readFile(location, 'utf8')).toBe('mine');
	});

	it('receives nothing if it fails in another way', async () => {
		expect(await failureOf(receive('mine', clip, { calls: failing('EIO') }))).toBeInstanceOf(MasvTransferError);
		expect(await treeOf('in', 'a', 'b')).toEqual(['clip.mov.part']);
	});
});

it('writes all of a piece although the disk takes only some bytes at a time', async () => {
	const slow: WriteCalls = {
		...writeCalls,
		write: async (file, piece, position) => await writeCalls.write(file, piece.subarray(0, 3), position),
	};
	await receive('0123456789', clip, { calls: slow });
	expect(await readFile(at('in', 'a', 'b', 'clip.mov'), 'utf8')).toBe('0123456789');
});

it('writes pieces one after the other, and the next one also after a failure', async () => {
	let running = 0;
	let most = 0;
	const counting: WriteCalls = {
		...writeCalls,
		write: async (file, piece, position) => {
			most = Math.max(most, ++running);
			try {
				if (position === 4) throw Object.assign(new Error('broken'), { code: 'EIO' });
				return await writeCalls.write(file, piece, position);
			} finally {
				running--;
			}
		},
	};
	const sink = await open(clip, { calls: counting });
	const written = await Promise.allSettled([0, 4, 8].map(async (at) => await sink.write(Buffer.from('mine'), at)));
	await sink.close();
	expect(written.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
	expect(most).toBe(1);
	expect(await readFile(at('in', 'a', 'b', clip.partial), 'latin1')).toBe('mine\0\0\0\0mine');
});

it('says that a disk does not respond, and closes the file once it does', async () => {
	const due = new Set<() => void>();
	const timer: Timer = (run) => {
		due.add(run);
		return () => void due.delete(run);
	};
	let respond = (): void => undefined;
	let partial = 0;
	const closed: number[] = [];
	const hanging: WriteCalls = {
		...writeCalls,
		write: async (file) => {
			partial = file;
			return await new Promise((resolve) => (respond = () => resolve(4)));
		},
		close: (file) => {
			closed.push(file);
			writeCalls.close(file);
		},
	};
	const sink = await open(clip, { calls: hanging, timer });
	closed.length = 0;
	const failure = failureOf(sink.write(Buffer.from('mine'), 0));
	for (const run of due) run();
	expect(await failure).toMatchObject({
		code: 'file_write_stalled',
		message: '"a/b/clip.mov" cannot be written: the disk did not respond for 120 seconds',
	});
	await sink.close();
	expect(closed).toEqual([]);
	respond();
	await new Promise((resolve) => setImmediate(resolve));
	expect(closed).toContain(partial);
});

it.each<[string, (sink: OpenSink) => Promise<unknown>]>([
	['when a range is noted', async (sink) => await sink.sync()],
	['at the end', async (sink) => await sink.finish({ bytes: 4, modifiedAt })],
])('waits minutes for a disk that writes what was cached %s', async (_, work) => {
	const due = new Map<() => void, number>();
	const timer: Timer = (run, ms) => {
		due.set(run, ms);
		return () => void due.delete(run);
	};
	const { promise: busy, resolve: respond } = Promise.withResolvers<void>();
	const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
	const slow: WriteCalls = {
		...writeCalls,
		sync: async () => {
			begin();
			await busy;
		},
	};
	const sink = await open(clip, { calls: slow, timer });
	await sink.write(Buffer.from('mine'), 0);
	const done = work(sink);
	await begun;
	for (const [run, ms] of due) if (ms <= 10 * 60_000) run();
	respond();
	await done;
	await sink.close();
});

it('does not wait for a disk that writes what was cached once the run is canceled, and gives no name then', async () => {
	const stop = new AbortController();
	const { promise: busy, resolve: respond } = Promise.withResolvers<void>();
	const closed: number[] = [];
	let partial = 0;
	const slow: WriteCalls = {
		...writeCalls,
		sync: async (file) => {
			partial = file;
			stop.abort();
			await busy;
		},
		close: (file) => {
			closed.push(file);
			writeCalls.close(file);
		},
	};
	const sink = await open(clip, { calls: slow });
	closed.length = 0;
	await sink.write(Buffer.from('mine'), 0);
	const failure = failureOf(sink.finish({ bytes: 4, modifiedAt, signal: stop.signal }));
	expect(await failure).toBeInstanceOf(MasvCancelledError);
	await sink.close();
	expect(closed).not.toContain(partial);
	respond();
	await nextIteration();
	expect(closed).toContain(partial);
	expect(await readdir(at('in', 'a', 'b'))).toEqual([clip.partial]);
});

describe('a partial file that is lent', () => {
	it('is one on a disk of this machine', async () => {
		const [local, other] = [await open(clip, { calls: localCalls }), await open(clip, { calls: writeCalls })];
		expect([local.lend === undefined, other.lend === undefined]).toEqual([false, true]);
		await local.close();
		await other.close();
	});

	it('stays open until it is given back, and is kept', async () => {
		const closed: number[] = [];
		const close = (file: number): void => void closed.push(file);
		const sink = await open(clip, { calls: { ...localCalls, close } });
		const [first, second] = [sink.lend?.(), sink.lend?.()];
		await sink.close();
		first?.giveBack();
		expect(closed).not.toContain(first?.file);
		writeSync(second?.file ?? -1, 'ours');
		second?.giveBack();
		await nextIteration();
		expect(closed).toContain(first?.file);
		expect(await readFile(at('in', 'a', 'b', 'clip.mov.part'), 'utf8')).toBe('ours');
		closed.forEach((file) => localCalls.close(file));
	});

	it('is still the former one after it was begun again', async () => {
		const sink = await open(clip, { calls: localCalls });
		const lent = sink.lend?.();
		await sink.write(Buffer.from('the new one'), 0);
		await sink.restart?.();
		writeSync(lent?.file ?? -1, 'late');
		lent?.giveBack();
		await sink.write(Buffer.from('new'), 0);
		await sink.finish({ bytes: 3, modifiedAt });
		await sink.close();
		expect(await readFile(at('in', 'a', 'b', 'clip.mov'), 'utf8')).toBe('new');
	});

	it('cannot be lent once it is closed', async () => {
		const sink = await open(clip, { calls: localCalls });
		const { lend } = sink;
		await sink.close();
		expect(() => lend?.()).toThrow('closed');
	});

	it('asks the guard, and explains failures', async () => {
		const guard = { check: jest.fn(() => undefined) };
		const sink = await sinkOf(clip, { calls: localCalls }).open(guard);
		const lent = sink.lend?.();
		await lent?.check();
		expect(guard.check).toHaveBeenCalledTimes(1);
		const full = Object.assign(new Error('full'), { code: 'ENOSPC' });
		expect(await failureOf(lent?.explain(full) ?? Promise.resolve())).toMatchObject({ code: 'disk_full' });
		lent?.giveBack();
		await sink.close();
	});
});

describe('a full disk', () => {
	let mounted: string | undefined;
	beforeEach(async () => {
		await mkdir(at('small'));
		try {
			execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', at('small')], { stdio: 'ignore' });
			mounted = at('small');
		} catch {
			mounted = undefined;
		}
	});
	afterEach(() => {
		if (mounted !== undefined) execFileSync('umount', [mounted]);
	});

	it('is named, and what is there is kept', async () => {
		const full: WriteCalls = {
			...writeCalls,
			write: async (file, piece, position) =>
				position + piece.length > 200_000
					? await Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }))
					: await writeCalls.write(file, piece, position),
		};
		const target = mounted === undefined ? root : await openFolder(mounted, writeCalls);
		const place = { ...clip, folders: [] };
		const sink = await diskSink(inUseBelow(target, mounted === undefined ? full : writeCalls), place, {
			replace: false,
			checkAllowed: anything,
			...(mounted === undefined && { calls: full }),
		}).open();
		await sink.write(Buffer.alloc(150_000, 'x'), 0);
		const error = await failureOf(sink.write(Buffer.alloc(150_000, 'y'), 150_000));
		expect(error).toMatchObject({
			code: 'disk_full',
			message: '"clip.mov" cannot be written: the disk is full (ENOSPC)',
			hint: expect.stringContaining('was kept') as unknown,
		});
		await sink.close();
		const kept = await readFile(join(target.location, 'clip.mov.part'));
		expect(kept.subarray(0, 150_000).equals(Buffer.alloc(150_000, 'x'))).toBe(true);
		if (target !== root) target.close();
	});
});

it('closes whatever it opens exactly once, whatever fails', async () => {
	const opened: number[] = [];
	let closings = 0;
	const counting: WriteCalls = {
		...writeCalls,
		open: async (path, flags) => {
			const file = await writeCalls.open(path, flags);
			opened.push(file);
			return file;
		},
		close: (file) => {
			closings++;
			expect(opened.splice(opened.indexOf(file), 1)).toEqual([file]);
			writeCalls.close(file);
		},
	};
	await receive('mine', clip, { calls: counting });
	writeFileSync(at('in', 'file'), '');
	await failureOf(open({ ...clip, folders: ['file'] }, { calls: counting }));
	await failureOf(
		open(clip, {
			calls: counting,
			checkAllowed: (location) => {
				if (location.endsWith('.part')) throw new Error('no');
			},
		}),
	);
	const failing: WriteCalls = {
		...counting,
		look: (file) => writeCalls.look(file).then(() => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }))),
	};
	await failureOf(open(clip, { calls: failing }));
	const broken = Object.assign(new Error('EIO'), { code: 'EIO' });
	for (const isBroken of [false, true]) {
		let creates = 0;
		const restarting: WriteCalls = {
			...counting,
			open: async (path, flags) => {
				if ((flags & constants.O_CREAT) !== 0 && creates++ > 0 && isBroken) throw broken;
				return await counting.open(path, flags);
			},
		};
		const sink = await open({ ...clip, name: 'b.mov', partial: 'b.mov.part' }, { calls: restarting });
		await sink.write(Buffer.from('former'), 0);
		const restart = sink.restart?.();
		await (isBroken ? failureOf(restart as Promise<void>) : restart);
		await sink.close();
	}
	expect(opened).toEqual([]);
	expect(closings).toBeGreaterThan(0);
});

it('says that a folder cannot be written to', async () => {
	const denied: WriteCalls = {
		...writeCalls,
		open: async (path, flags) =>
			(flags & constants.O_CREAT) === 0
				? await writeCalls.open(path, flags)
				: await Promise.reject(Object.assign(new Error('denied'), { code: 'EACCES' })),
	};
	expect(await failureOf(open(clip, { calls: denied }))).toMatchObject({
		code: 'file_not_writable',
		message: '"a/b/clip.mov" cannot be written: permission denied (EACCES)',
	});
});

it('touches no descriptor any more once it is closed', async () => {
	const used: string[] = [];
	const calls: WriteCalls = {
		...writeCalls,
		sync: async (...args) => (used.push('sync'), await writeCalls.sync(...args)),
		write: async (...args) => (used.push('write'), await writeCalls.write(...args)),
		close: (file) => (used.push('close'), writeCalls.close(file)),
	};
	const sink = await open(clip, { calls });
	await sink.write(Buffer.from('a'), 0);
	await sink.close();
	used.length = 0;
	expect(await failureOf(sink.sync())).toBeInstanceOf(MasvTransferError);
	expect(await failureOf(sink.write(Buffer.from('b'), 1))).toBeInstanceOf(MasvTransferError);
	expect(used).toEqual([]);
});

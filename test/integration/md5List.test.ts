import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { folderJournal } from '../../masv/node/folderJournal';
import { noRetry } from '../../masv/retry';
import type { FileSource, RangeSource } from '../../masv/transfer/source';
import type { SendResult } from '../../masv/upload/sendPackage';
import { sendPackage } from '../../masv/upload/sendPackage';
import type { SendRequest } from '../../masv/upload/sendRequest';
import type { Process } from '../support/mortal';
import { createProcesses, nth } from '../support/mortal';
import { failureOf } from '../support/failureOf';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { patternBytes, rangeOf, sha256, streamOf } from '../support/testSources';

const mebibyte = 1024 * 1024;
const large = patternBytes(21 * mebibyte + 5, 5);
const small = Buffer.from('a small one');
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
/** What `md5sum` prints for these files, in the order of their places. */
const listOf = (...files: Array<[string, Buffer]>): string =>
	files.map(([place, content]) => `${md5(content)}  ${place}\n`).join('');

/** A source that is somewhere, like a file on disk, and counts what is read of it. */
function counted(source: RangeSource, location = source.name): { source: RangeSource; read: () => number } {
	let bytes = 0;
	const open: RangeSource['open'] = async () => {
		const reader = await source.open();
		const read = async (into: Uint8Array, position: number): Promise<number> => {
			const got = await reader.read(into, position);
			bytes += got;
			return got;
		};
		return { ...reader, read };
	};
	return { source: { ...source, location, open }, read: () => bytes };
}
const located = (source: FileSource): FileSource => ({ ...source, location: source.name });

const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

// Faults interrupt the upload, and work only with the embedded store.
onEmbeddedStore('a package with a list of MD5s', () => {
	let masv: TestMasv;
	let folder: string;
	beforeEach(async () => {
		masv = await startTestMasv();
		folder = await mkdtemp(join(tmpdir(), 'masv-journal-'));
	});
	afterEach(async () => {
		await masv.close();
		await rm(folder, { recursive: true, force: true });
	});

	const send = async (sources: FileSource[], more: Partial<SendRequest> = {}): Promise<SendResult> =>
		await sendPackage(masv.client(), {
			target: { kind: 'team', request: { name: 'Dailies', description: '', recipients: [] } },
			sources,
			md5List: 'MD5SUMS',
			partBytes: 5 * mebibyte,
			policy: noRetry,
			unfinished: 'keep',
			journal: folderJournal(folder),
			scope: 'workflow/node',
			...more,
		});
	/** Starts an upload that fails at a request. */
	const interrupt = async (
		sources: FileSource[],
		at: { step: 'partPut' | 'finalizePackage' | 'finalizeFile'; partNumber?: number; skip?: number },
		more: Partial<SendRequest> = {},
	): Promise<void> => {
		const fault = masv.sandbox.inject({ skip: 0, times: Infinity, kind: 'status', status: 503, ...at });
		await failureOf(send(sources, more));
		fault.remove();
		masv.sandbox.requests.length = 0;
	};
	const partPuts = (): number => masv.sandbox.requests.filter(({ step }) => step === 'partPut').length;
	const expectList = async ({ package: { id }, files }: SendResult, text: string): Promise<void> => {
		const list = files.at(-1);
		expect(list).toMatchObject({ name: 'MD5SUMS', path: '', size: Buffer.byteLength(text) });
		expect(await masv.sandbox.sha256(id, list?.id ?? '')).toBe(sha256(Buffer.from(text)));
		expect(masv.sandbox.files(id).filter(({ name }) => name === 'MD5SUMS')).toHaveLength(1);
	};

	it.each(['always', 'automatic', 'never'] as const)(
		'has it as its last file, sorted by place, of files, streams and empty files (Verify Parts: %s)',
		async (verifyParts) => {
			const stream = patternBytes(11 * mebibyte + 1, 8);
			const sent = await send(
				[
					rangeOf('stream.bin.txt', small),
					rangeOf('large.mov', large, 'day 1/cam'),
					streamOf('stream.bin', stream, [1, 70_000, 9 * mebibyte]),
					rangeOf('empty', Buffer.alloc(0)),
					rangeOf('Größe 映画 🎬.txt', small),
				],
				{ verifyParts },
			);
			expect(sent.reconciled).toBe(true);
			expect(sent.files.map(({ name }) => name).at(-1)).toBe('MD5SUMS');
			expect(sent.files[1]?.md5).toBe(md5(large));
			await expectList(
				sent,
				listOf(
					['Größe 映画 🎬.txt', small],
					['day 1/cam/large.mov', large],
					['empty', Buffer.alloc(0)],
					['stream.bin', stream],
					['stream.bin.txt', small],
				),
			);
			// MASV is told of it last.
			const added = masv.sandbox.requests.filter(({ step }) => step === 'addFile');
			expect(added).toHaveLength(6);
			expect(masv.sandbox.files(sent.package.id).at(-1)?.name).toBe('MD5SUMS');
		},
	);

	it('reads a file of one part once, also if the part has to be sent again', async () => {
		const file = counted(rangeOf('small.txt', patternBytes(mebibyte, 1)));
		await expectList(await send([file.source]), listOf(['small.txt', patternBytes(mebibyte, 1)]));
		expect(file.read()).toBe(mebibyte);
		const again = counted(rangeOf('again.txt', patternBytes(mebibyte, 2)));
		masv.sandbox.inject({ step: 'partPut', skip: 0, times: 1, kind: 'status', status: 503 });
		const sent = await send([again.source], { policy: undefined });
		await expectList(sent, listOf(['again.txt', patternBytes(mebibyte, 2)]));
		expect(again.read()).toBe(2 * mebibyte);
	});

	it('fails before anything is created if a file has its name, or a folder', async () => {
		for (const path of ['', 'MD5SUMS']) {
			const error = await failureOf(send([rangeOf(path === '' ? 'MD5SUMS' : 'a.mov', small, path)]));
			expect(error).toMatchObject({ code: 'place_taken', field: 'md5List' });
		}
		expect(await failureOf(send([rangeOf('a', small)], { md5List: 'a/b' }))).toMatchObject({ field: 'md5List' });
		expect(masv.sandbox.packages()).toEqual([]);
	});

	it('keeps the MD5s of what an earlier run has uploaded, and reads nothing again for them', async () => {
		const sources = [counted(rangeOf('a.mov', small)), counted(rangeOf('b.mov', large))];
		const all = sources.map(({ source }) => source);
		await interrupt(all, { step: 'finalizePackage' });
		const before = sources.map(({ read }) => read());
		const sent = await send(all);
		expect(sources.map(({ read }) => read())).toEqual(before);
		expect(partPuts()).toBe(0);
		expect(sent.warnings).toEqual([]);
		await expectList(sent, listOf(['a.mov', small], ['b.mov', large]));
	});

	it('has the right MD5 of a file of which an earlier run has stored some parts, and says that it is read again', async () => {
		const files = [counted(rangeOf('a.mov', small)), counted(rangeOf('b.mov', large))];
		const sources = files.map(({ source }) => source);
		await interrupt(sources, { step: 'partPut', partNumber: 4 }, { parallelParts: 1 });
		const read = files[1]?.read() ?? 0;
		const sent = await send(sources, { parallelParts: 1 });
		expect(sent.files[1]).toMatchObject({ resumed_parts: 3, md5: md5(large) });
		expect((files[1]?.read() ?? 0) - read).toBeLessThan(large.length + 2 * 5 * mebibyte + mebibyte);
		expect(sent.warnings).toEqual([expect.stringMatching(/^1 file is read from the beginning for the list of MD5s/)]);
		await expectList(sent, listOf(['a.mov', small], ['b.mov', large]));
	});

	it('belongs to the same delivery as before: one that was begun without it is continued, and the other way around', async () => {
		const sources = [located(rangeOf('a.mov', small)), located(rangeOf('b.mov', large))];
		await interrupt(sources, { step: 'finalizePackage' }, { md5List: undefined });
		await interrupt(sources, { step: 'finalizePackage' });
		const [unfinished] = masv.sandbox.packages();
		const sent = await send(sources);
		expect(sent.package.id).toBe(unfinished?.id);
		await expectList(sent, listOf(['a.mov', small], ['b.mov', large]));

		const others = [located(rangeOf('c.mov', small))];
		await interrupt(others, { step: 'finalizePackage' });
		const without = await send(others, { md5List: undefined });
		expect(without.files.map(({ name }) => name)).toEqual(['c.mov']);
		expect(masv.sandbox.files(without.package.id).map(({ name }) => name)).toEqual(['c.mov']);
		expect(masv.sandbox.packages()).toHaveLength(2);
	});

	it('is sent anew if a file has changed since', async () => {
		const [before, after] = [patternBytes(mebibyte, 1), patternBytes(mebibyte, 2)];
		await interrupt([located(rangeOf('a.mov', before))], { step: 'finalizePackage' });
		const stamp = { bytes: mebibyte, modified: '5000000', changed: '5000000', device: '0', inode: '0' };
		const changed = { ...rangeOf('a.mov', after), location: 'a.mov', modifiedAt: new Date(5) };
		const open = async () => ({ ...(await changed.open()), look: () => Promise.resolve(stamp) });
		const sent = await send([{ ...changed, stamp, open }]);
		await expectList(sent, listOf(['a.mov', after]));
		expect(masv.sandbox.packages()).toHaveLength(1);
	});

	it('does not list a file as it has become since it was planned, if an earlier run has sent it', async () => {
		const [before, after] = [patternBytes(mebibyte, 1), patternBytes(mebibyte, 2)];
		const facts = { bytes: mebibyte, modified: '5', device: '1', inode: '2' };
		const fileOf = (content: Buffer, changed: string): RangeSource => {
			const source = rangeOf('a.mov', content);
			const stamp = { ...facts, changed };
			const open = async () => ({ ...(await source.open()), look: () => Promise.resolve(stamp) });
			return { ...source, location: 'a.mov', stamp, open };
		};
		const [planned, rewritten] = [fileOf(before, '6'), fileOf(after, '7')];
		await interrupt([planned], { step: 'finalizePackage' }, { md5List: undefined });
		const open = async () => await rewritten.open();
		expect(await failureOf(send([{ ...planned, open }]))).toMatchObject({ code: 'file_changed' });
		expect(masv.sandbox.packages().map(({ state }) => state)).toEqual(['new']);
		const sent = await send([rewritten]);
		await expectList(sent, listOf(['a.mov', after]));
		expect(masv.sandbox.packages()).toHaveLength(1);
	});

	it.each([
		['sends', undefined],
		['compares with what an earlier run has sent', 'finalizePackage'],
	] as const)(
		'has the MD5 of what MASV has of a file that is rewritten while a run %s it, with the same size and time',
		async (_, earlier) => {
			const [before, after] = [patternBytes(5 * mebibyte + 9, 1), patternBytes(5 * mebibyte + 9, 2)];
			const facts = { bytes: before.length, modified: '5', device: '1', inode: '2' };
			const md5Of = new Map([before, after].map((content) => [sha256(content), md5(content)]));
			for (let calls = 8, isOver = false; !isOver; calls++) {
				const name = `a${calls}.mov`;
				let made = -Infinity;
				const isRewritten = (): boolean => made > calls;
				const call = (): void => void made++;
				const stamp = () => ({ ...facts, changed: isRewritten() ? '8' : '7' });
				const open: RangeSource['open'] = () => {
					const read = async (into: Uint8Array, position: number): Promise<number> => {
						call();
						const content = isRewritten() ? after : before;
						return await Promise.resolve(content.copy(into, 0, position, position + into.length));
					};
					const look = async () => {
						call();
						return await Promise.resolve(stamp());
					};
					return Promise.resolve({ read, look, close: () => undefined });
				};
				const source: RangeSource = { ...rangeOf(name, before), location: name, stamp: { ...stamp() }, open };
				if (earlier !== undefined) {
					const old = { ...source, stamp: { ...facts, changed: '6' } };
					await interrupt([old], { step: earlier }, { md5List: undefined, verifyParts: 'always' });
				}
				made = 0;
				const sent = await send([source], { verifyParts: 'always' }).catch((error: unknown) => error);
				isOver = !isRewritten();
				if (sent instanceof Error) {
					expect(sent).toMatchObject({ code: 'file_changed' });
					continue;
				}
				const { package: found, files } = sent as SendResult;
				const listed = md5Of.get(await masv.sandbox.sha256(found.id, files[0]?.id ?? ''));
				await expectList(sent as SendResult, `${listed}  ${name}\n`);
			}
		},
	);

	it.each([
		['another name', 'sums.md5'],
		['none any more', undefined],
	])('is removed from a package whose run died while it added it if it is to have %s', async (_, md5List) => {
		const processes = createProcesses(masv);
		const sources = [located(rangeOf('a.mov', small)), located(rangeOf('b.mov', large.subarray(0, 6 * mebibyte)))];
		const sendAs =
			(name: string, list: string | undefined) =>
			async ({ client, journal, leases }: Process): Promise<SendResult> =>
				await sendPackage(client, {
					target: { kind: 'team', request: { name, description: '', recipients: [`${name}@client.example`] } },
					...{
						sources,
						md5List: list,
						partBytes: 5 * mebibyte,
						unfinished: 'keep',
						scope: 'workflow/node',
						journal,
						leases,
					},
				});
		const puts = (): number => masv.sandbox.requests.filter(({ step }) => step === 'partPut').length;
		const isRequest = [
			nth(3, 'POST', /\/packages\/[^/]+\/files$/),
			nth(3, 'POST', /\/files\/[^/]+\/finalize$/),
			nth(1, 'POST', /\/packages\/[^/]+\/finalize$/),
		];
		for (const [index, isFatal] of isRequest.entries()) {
			const name = `dailies${index}`;
			const fate = index === 2 ? 'dies before' : 'dies after';
			const dying = processes.start((request) => (isFatal(request) ? fate : 'lives'));
			expect(await dying.run(sendAs(name, 'MD5SUMS'))).toBe('dead');
			masv.sandbox.requests.length = 0;
			const sent = (await processes.start().run(sendAs(name, md5List))) as SendResult;
			expect(puts()).toBe(md5List === undefined ? 0 : 1);
			const names = masv.sandbox.files(sent.package.id).map((file) => file.name);
			expect(names).toEqual(['a.mov', 'b.mov', ...(md5List === undefined ? [] : [md5List])]);
			expect(masv.sandbox.packages().filter((each) => each.name === name)).toHaveLength(1);
			expect(sent.warnings).toEqual([]);
		}
		await processes.close();
	});

	it('is not delivered twice if its run died after the package was finalized', async () => {
		const processes = createProcesses(masv);
		const sources = [located(rangeOf('a.mov', small)), located(rangeOf('b.mov', large))];
		const sendAs = async ({ client, journal, leases }: Process): Promise<SendResult> =>
			await sendPackage(client, {
				target: { kind: 'team', request: { name: 'Dailies', description: '', recipients: [] } },
				...{
					sources,
					md5List: 'MD5SUMS',
					unfinished: 'keep',
					scope: 'workflow/node',
					run: 'execution',
					journal,
					leases,
				},
			});
		const isFinalize = nth(1, 'POST', /\/packages\/[^/]+\/finalize$/);
		expect(await processes.start((request) => (isFinalize(request) ? 'dies after' : 'lives')).run(sendAs)).toBe('dead');
		// The second one continues, the third asks for what the second has sent.
		for (let run = 0; run < 2; run++) {
			const sent = (await processes.start().run(sendAs)) as SendResult;
			expect(masv.sandbox.packages()).toHaveLength(1);
			await expectList(sent, listOf(['a.mov', small], ['b.mov', large]));
		}
		await processes.close();
	});

	it.each(['dies before', 'dies after'] as const)(
		'is delivered once, with all files, whichever request its run %s',
		async (fate) => {
			const processes = createProcesses(masv);
			const parted = large.subarray(0, 6 * mebibyte);
			const sources = [located(rangeOf('a.mov', small)), located(rangeOf('b.mov', parted))];
			const options = {
				sources,
				md5List: 'MD5SUMS',
				partBytes: 5 * mebibyte,
				parallelParts: 1,
				unfinished: 'keep',
			} as const;
			const sendAs =
				(name: string) =>
				async ({ client, journal, leases }: Process): Promise<SendResult> =>
					await sendPackage(client, {
						target: { kind: 'team', request: { name, description: '', recipients: [`${name}@client.example`] } },
						...{ ...options, scope: 'workflow/node', journal, leases },
					});
			for (let fatal = 1; ; fatal++) {
				let requests = 0;
				const dying = processes.start(() => (++requests === fatal ? fate : 'lives'));
				const name = `dailies${fatal}`;
				if ((await dying.run(sendAs(name))) !== 'dead') break;
				const sent = (await processes.start().run(sendAs(name))) as SendResult;
				const delivered = masv.sandbox.packages().filter((each) => each.name === name && each.state === 'finalized');
				expect(delivered.map(({ id }) => id)).toEqual([sent.package.id]);
				await expectList(sent, listOf(['a.mov', small], ['b.mov', parted]));
			}
			await processes.close();
		},
	);

	it('is not missed in a package that was delivered without it', async () => {
		const processes = createProcesses(masv);
		const sources = [located(rangeOf('a.mov', small))];
		const sendAs =
			(md5List: string | undefined) =>
			async ({ client, journal, leases }: Process): Promise<SendResult> =>
				await sendPackage(client, {
					target: { kind: 'team', request: { name: 'Dailies', description: '', recipients: [] } },
					...{ sources, md5List, unfinished: 'keep', scope: 'workflow/node', journal, leases },
				});
		const isFinalize = nth(1, 'POST', /\/packages\/[^/]+\/finalize$/);
		const dying = processes.start((request) => (isFinalize(request) ? 'dies after' : 'lives'));
		expect(await dying.run(sendAs(undefined))).toBe('dead');
		const sent = (await processes.start().run(sendAs('MD5SUMS'))) as SendResult;
		expect(masv.sandbox.packages()).toHaveLength(1);
		expect(sent.files.map(({ name }) => name)).toEqual(['a.mov']);
		expect(sent.warnings).toEqual([expect.stringContaining('without a list of MD5s')]);
		await processes.close();
	});

	it('is no second list if the response to adding it was lost', async () => {
		const sources = [located(rangeOf('a.mov', small))];
		await interrupt(sources, { step: 'finalizeFile', skip: 1 });
		await expectList(await send(sources), listOf(['a.mov', small]));
		expect(masv.sandbox.packages()).toHaveLength(1);
	});
});

import type { MasvClient } from '../../masv/client';
import type { DownloadAccess } from '../../masv/download/access';
import { openOwnPackage } from '../../masv/download/ownPackage';
import { toPackageEntry } from '../../masv/download/packageEntry';
import type { PackageEntry } from '../../masv/download/selectFiles';
import { openSharedPackage } from '../../masv/download/sharedPackage';
import { fetchFilesAs } from '../../masv/packages/files';
import type { Journal } from '../../masv/transfer/journal';
import type { Leases } from '../../masv/transfer/lease';
import { createLink } from '../../masv/links';
import { noRetry } from '../../masv/retry';
import { fileSchema } from '../../masv/schemas';
import { failureOf } from '../support/failureOf';
import { memoryJournal } from '../support/memoryJournal';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';

let test: TestMasv;
beforeAll(async () => {
	test = await startTestMasv();
});
afterAll(async () => await test.close());

const noAccount = { apiKey: undefined, teamId: undefined };
const inside = [
	{ name: 'a.mov', path: 'day 1', content: 'first' },
	{ name: 'b.mov', path: 'day 1', content: 'second' },
];
type Seed = Parameters<TestMasv['sandbox']['seedPackage']>[0];
const seed = (fields: Seed = {}) => test.sandbox.seedPackage({ name: 'Dailies', files: inside, ...fields }).id;
const activeLinks = (id: string) => test.sandbox.links(id).filter(({ active }) => active);

/** How many requests were sent, by step. */
function count(step: string): number {
	return test.sandbox.requests.filter((each) => each.step === step).length;
}

/** The content of all files. */
async function download(access: DownloadAccess, client = test.client()): Promise<string[]> {
	const files = await fetchFilesAs(client, access.packageId, access.token, fileSchema);
	const sent = files.filter(({ kind }) => kind === 'file');
	return await Promise.all(
		sent.map(async (file) => {
			const { url, headers } = await access.address(toPackageEntry(file));
			return await (await fetch(url, { headers })).text();
		}),
	);
}

async function firstFile({ packageId, token }: DownloadAccess, client: MasvClient): Promise<PackageEntry> {
	const [file] = await fetchFilesAs(client, packageId, token, fileSchema);
	if (file === undefined) throw new Error('The package has no files');
	return toPackageEntry(file);
}

// Packages with files can only be seeded into the embedded store.
const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

onEmbeddedStore('a link somebody has sent', () => {
	const share = async (id: string, password?: string) => {
		const { id: linkId, download_secret: secret = '' } = await createLink(test.client(), id, {
			...(password !== undefined && { password }),
		});
		return { linkId, secret, password };
	};

	it('opens its package without an account, with one look-up', async () => {
		const link = await share(seed({ access_limit: 1 }), 'pä ss');
		test.sandbox.requests.length = 0;
		const client = test.client(noAccount);
		const access = await openSharedPackage(client, link);
		expect(access.found).toMatchObject({ name: 'Dailies', package_size: 11 });
		expect(await download(access, client)).toEqual(['first', 'second']);
		expect([count('getLink'), await access.end()]).toEqual([1, []]);
		expect(test.sandbox.requests.filter(({ headers }) => 'x-api-key' in headers)).toEqual([]);
	});

	it.each([
		['a password that is missing', undefined, 'link_password_rejected'],
		['a wrong password', 'wrong', 'link_password_rejected'],
	])('says that %s was not accepted', async (_, password, code) => {
		const link = await share(seed(), 'open');
		expect(await failureOf(openSharedPackage(test.client(noAccount), { ...link, password }))).toMatchObject({ code });
	});

	it('says that it no longer works, and shows no secret', async () => {
		const id = seed();
		const link = await share(id);
		await test.sandbox.expirePackage(id);
		const error = await failureOf<Error>(openSharedPackage(test.client(noAccount), link));
		expect(error).toMatchObject({ code: 'link_rejected' });
		expect(JSON.stringify([error, error.message])).not.toContain(link.secret);
	});

	it('is not looked up again for each file that MASV refuses', async () => {
		const id = seed();
		const link = await share(id);
		const access = await openSharedPackage(test.client(noAccount), link);
		const file = await firstFile(access, test.client());
		test.sandbox.requests.length = 0;
		const fault = test.sandbox.inject({ step: 'downloadFile', kind: 'status', status: 403, times: 3 });
		for (let turn = 0; turn < 3; turn++) {
			expect(await failureOf(access.address(file))).toMatchObject({ code: 'package_token_rejected' });
		}
		fault.remove();
		expect(count('getLink')).toBe(0);
	});

	it('is looked up once more if its token is rejected after an hour', async () => {
		const client = test.client(noAccount);
		const access = await openSharedPackage(client, await share(seed()));
		const file = await firstFile(access, client);
		await client.clock.sleep(2 * 3_600_000);
		test.sandbox.requests.length = 0;
		test.sandbox.inject({ step: 'downloadFile', kind: 'status', status: 401 });
		expect(await access.address(file)).toHaveProperty('url');
		expect(count('getLink')).toBe(1);
	});
});

onEmbeddedStore('a package of the team', () => {
	let journal: ReturnType<typeof memoryJournal>;
	beforeEach(() => {
		journal = memoryJournal();
		test.sandbox.requests.length = 0;
	});
	/** Of another run each time. */
	const books = () => ({ journal: journal.join() });
	/** All lines that are noted now. */
	const noted = async () =>
		[...((await journal.join().readAll('')) ?? new Map<string, readonly unknown[]>()).values()].flat();

	it('is downloaded through one direct link, which is disabled at the end', async () => {
		const id = seed({ password: 'of the package' });
		const access = await openOwnPackage(test.client(), id, books());
		expect(await download(access)).toEqual(['first', 'second']);
		expect(activeLinks(id)).toHaveLength(1);
		expect(await access.end()).toEqual([]);
		expect([test.sandbox.links(id).length, activeLinks(id)]).toEqual([1, []]);
		// One attempt with the token of the package, repeated with a new token.
		expect([count('createLink'), count('getLink'), count('downloadFile')]).toEqual([1, 1, 4]);
	});

	it('makes no link before a file is asked for, and none for an owner who needs none', async () => {
		const lenient = await startTestMasv({ ownerDownloads: true });
		try {
			const { id } = lenient.sandbox.seedPackage({ files: inside });
			const access = await openOwnPackage(lenient.client(), id, books());
			expect(await download(access, lenient.client())).toEqual(['first', 'second']);
			expect([await access.end(), lenient.sandbox.links(id)]).toEqual([[], []]);
		} finally {
			await lenient.close();
		}
	});

	it('notes its link before it is created and before it is used, without secrets', async () => {
		const id = seed();
		const seen: Array<[string, number, number]> = [];
		const whole = journal.join();
		let text = '';
		const watching: Journal = {
			...whole,
			open: async (key) => {
				const record = await whole.open(key);
				const append: typeof record.append = async (line, options) => {
					const { kind } = line as { kind: string };
					expect(options?.durable === true || kind === 'unlinked').toBe(true);
					seen.push([kind, count('createLink'), count('getLink')]);
					text += JSON.stringify(line);
					await record.append(line, options);
				};
				return { ...record, append };
			},
		};
		const access = await openOwnPackage(test.client(), id, { journal: watching });
		await download(access);
		await access.end();
		expect(seen).toEqual([
			['linking', 0, 0],
			['linked', 1, 0],
			['unlinked', 1, 1],
		]);
		const [link] = test.sandbox.links(id);
		expect(text).not.toContain(link?.download_secret);
		expect(text).not.toContain(link?.password);
		expect(await noted()).toEqual([]);
	});

	it('disables the link that a killed run has left, even if this run needs none', async () => {
		const id = seed();
		await download(await openOwnPackage(test.client(), id, books()));
		expect(activeLinks(id)).toHaveLength(1);
		const access = await openOwnPackage(test.client(), id, books());
		expect([await access.end(), activeLinks(id)]).toEqual([[], []]);
		test.sandbox.requests.length = 0;
		await (await openOwnPackage(test.client(), id, books())).end();
		expect(count('disableLink')).toBe(0);
	});

	it('says once that a run was killed before it knew its link', async () => {
		const id = seed();
		const fault = test.sandbox.inject({ step: 'createLink', kind: 'resetAfterBody', times: Infinity });
		await failureOf(download(await openOwnPackage(test.client(), id, books())));
		fault.remove();
		expect(await (await openOwnPackage(test.client(), id, books())).end()).toEqual([
			expect.stringContaining(`A direct link to package ${id} may have been created`),
		]);
		expect(await (await openOwnPackage(test.client(), id, books())).end()).toEqual([]);
	});

	it.each([
		['all responses were lost', []],
		['MASV refused to create another one', [402]],
	])(
		'says in the next run that a link may have been created: the first response was lost, and %s',
		async (_, refused) => {
			const id = seed();
			const faults = [
				...refused.map((status) => test.sandbox.inject({ step: 'createLink', kind: 'status', status, skip: 1 })),
				test.sandbox.inject({ step: 'createLink', kind: 'resetAfterBody', times: refused.length > 0 ? 1 : Infinity }),
			];
			const failed = await openOwnPackage(test.client(), id, books());
			await failureOf(download(failed));
			await failed.end();
			for (const fault of faults) fault.remove();
			expect(await (await openOwnPackage(test.client(), id, books())).end()).toEqual([
				expect.stringContaining(`A direct link to package ${id} may have been created`),
			]);
		},
	);

	it('is downloaded through a link, too, if MASV answers 401 to its own token', async () => {
		const id = seed();
		// The request is repeated with a new token.
		test.sandbox.inject({ step: 'downloadFile', kind: 'status', status: 401, times: 2 });
		const access = await openOwnPackage(test.client(), id, books());
		expect(await download(access)).toEqual(['first', 'second']);
		expect([await access.end(), test.sandbox.links(id).length]).toEqual([[], 1]);
	});

	it('says that a link may have been created whose response was lost, and uses another one', async () => {
		const id = seed();
		test.sandbox.inject({ step: 'createLink', kind: 'resetAfterBody' });
		const access = await openOwnPackage(test.client(), id, books());
		expect(await download(access)).toEqual(['first', 'second']);
		expect(await access.end()).toEqual([expect.stringContaining('may have been created')]);
	});

	it('says nothing of a link that MASV refused to create, now or later', async () => {
		const id = seed();
		test.sandbox.inject({ step: 'createLink', kind: 'status', status: 402 });
		const access = await openOwnPackage(test.client(), id, books());
		expect(await failureOf(download(access))).toMatchObject({ code: 'payment_required' });
		expect(await access.end()).toEqual([]);
		expect(await (await openOwnPackage(test.client(), id, books())).end()).toEqual([]);
	});

	it('makes one link only if MASV does not open it', async () => {
		const id = seed();
		const fault = test.sandbox.inject({ step: 'getLink', kind: 'status', status: 403, times: Infinity });
		const access = await openOwnPackage(test.client(), id, books());
		for (let turn = 0; turn < 3; turn++) {
			expect(await failureOf(download(access))).toMatchObject({ code: 'link_rejected' });
		}
		fault.remove();
		expect(test.sandbox.links(id)).toHaveLength(1);
		expect([await access.end(), activeLinks(id)]).toEqual([[], []]);
	});

	it('disables its link after the run was canceled', async () => {
		const id = seed();
		const cancel = new AbortController();
		const access = await openOwnPackage(test.client({ signal: cancel.signal }), id, books());
		await download(access);
		cancel.abort();
		expect([await access.end(), activeLinks(id)]).toEqual([[], []]);
	});

	it('does not fail if links cannot be disabled, but says so, once', async () => {
		const id = seed();
		const fault = test.sandbox.inject({ step: 'disableLink', kind: 'status', status: 405, times: Infinity });
		const access = await openOwnPackage(test.client(), id, books());
		await download(access);
		const [link] = activeLinks(id);
		expect(await access.end()).toEqual([expect.stringContaining(`The direct link ${link?.id}`)]);
		expect(await (await openOwnPackage(test.client(), id, books())).end()).toEqual([]);
		fault.remove();
	});

	it.each([
		['MASV fails', { kind: 'status', status: 503 } as const],
		['a gateway answers with a page', { kind: 'html', status: 404 } as const],
	])('tries again in the next run if %s while the link is disabled', async (_, answer) => {
		const id = seed();
		const fault = test.sandbox.inject({ step: 'disableLink', ...answer, times: Infinity });
		const access = await openOwnPackage(test.client(), id, books());
		await download(access);
		expect(await access.end()).toEqual([expect.stringContaining('could not be disabled')]);
		fault.remove();
		expect(await (await openOwnPackage(test.client(), id, books())).end()).toEqual([]);
		expect([activeLinks(id), await noted()]).toEqual([[], []]);
	});

	it('keeps the link of a run that is alive, whatever another one finds', async () => {
		const id = seed();
		const held = new Set<string>();
		const leases: Leases = {
			take: async (key) => {
				if (held.has(key)) return await Promise.resolve('held');
				held.add(key);
				const release = async () => await Promise.resolve(void held.delete(key));
				return { fence: 1, isHeld: async () => await Promise.resolve(true), release };
			},
		};
		const running = await openOwnPackage(test.client(), id, { ...books(), leases });
		await download(running);
		const other = await openOwnPackage(test.client(), id, { ...books(), leases });
		expect(await download(other)).toEqual(['first', 'second']);
		expect([await other.end(), activeLinks(id).length]).toEqual([[], 1]);
		expect(await download(running)).toEqual(['first', 'second']);
		expect([await running.end(), activeLinks(id), held.size, await noted()]).toEqual([[], [], 0, []]);
	});

	it('gets no link if its own token fails for another reason than a refusal', async () => {
		const id = seed();
		const access = await openOwnPackage(test.client(), id, books(), noRetry);
		const file = await firstFile(access, test.client());
		test.sandbox.inject({ step: 'downloadFile', kind: 'status', status: 500 });
		const message = expect.stringContaining('Could not get the download address of "day 1/a.mov"') as string;
		expect(await failureOf(access.address(file))).toMatchObject({ status: 500, message });
		expect(test.sandbox.links(id)).toEqual([]);
		await access.end();
	});

	it('gets its link for the next file if it could not be created for a moment', async () => {
		const id = seed();
		const access = await openOwnPackage(test.client(), id, books(), noRetry);
		const file = await firstFile(access, test.client());
		test.sandbox.inject({ step: 'createLink', kind: 'status', status: 429 });
		expect(await failureOf(access.address(file))).toMatchObject({ status: 429 });
		expect(await access.address(file)).toHaveProperty('url');
		expect([await access.end(), test.sandbox.links(id).length, activeLinks(id)]).toEqual([[], 1, []]);
	});

	it('asks for an address again when it has expired', async () => {
		const id = seed();
		const access = await openOwnPackage(test.client(), id, books());
		const file = await firstFile(access, test.client());
		const urls = [await access.address(file), await access.address(file)].map(({ url }) => url);
		expect(urls.every((url) => url.startsWith(test.sandbox.storageUrl))).toBe(true);
		expect(count('createLink')).toBe(1);
		await access.end();
	});

	it('works without a record', async () => {
		const id = seed();
		const access = await openOwnPackage(test.client(), id, {});
		expect(await download(access)).toEqual(['first', 'second']);
		expect([await access.end(), activeLinks(id)]).toEqual([[], []]);
	});
});

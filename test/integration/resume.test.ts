import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { MasvError } from '../../masv/errors';
import { noRetry } from '../../masv/retry';
import type { SendResult } from '../../masv/upload/sendPackage';
import { sendPackage } from '../../masv/upload/sendPackage';
import type { FileSource } from '../../masv/transfer/source';
import { failureOf } from '../support/failureOf';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { patternBytes, rangeOf, sha256, streamOf } from '../support/testSources';
import { folderJournal } from '../../masv/node/folderJournal';
import type { SendRequest } from '../../masv/upload/sendRequest';

const mebibyte = 1024 * 1024;
const large = patternBytes(21 * mebibyte, 5);
const small = Buffer.from('a small one');

/** A source that is somewhere, like a file on disk. */
function withLocation(source: FileSource, location = source.name): FileSource {
	return { ...source, location };
}

const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

// Faults interrupt the upload, and work only with the embedded store.
onEmbeddedStore('an interrupted run', () => {
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

	const send = async (more: Partial<SendRequest> = {}, name = 'Dailies'): Promise<SendResult> =>
		await sendPackage(masv.client(), {
			target: { kind: 'team', request: { name, description: '', recipients: [] } },
			sources: [withLocation(rangeOf('large.mov', large)), withLocation(rangeOf('small.txt', small))],
			partBytes: 5 * mebibyte,
			parallelParts: 1,
			policy: noRetry,
			unfinished: 'keep',
			journal: folderJournal(folder),
			scope: 'workflow/node',
			...more,
		});

	/** Starts an upload that fails at this part. */
	const interrupt = async (partNumber: number, more: Partial<SendRequest> = {}): Promise<MasvError> => {
		const fault = masv.sandbox.inject({
			step: 'partPut',
			partNumber,
			skip: 0,
			times: Infinity,
			kind: 'status',
			status: 503,
		});
		const error: unknown = await send(more).catch((thrown: unknown) => thrown);
		fault.remove();
		expect(error).toBeInstanceOf(MasvError);
		masv.sandbox.requests.length = 0;
		return error as MasvError;
	};

	const partPuts = (): number => masv.sandbox.requests.filter(({ step }) => step === 'partPut').length;
	const listJournal = async (): Promise<string[]> => (await readdir(folder)).sort();

	it('sends only the missing parts, into the same package', async () => {
		const error = await interrupt(3);
		expect(error.hint).toMatch(/kept unfinished/);
		expect(error.facts.outcome).toBe('resumable');
		const unfinished = masv.sandbox.packages().filter(({ state }) => state === 'new');
		expect(unfinished).toHaveLength(1);

		const sent = await send();
		expect(sent.package.id).toBe(unfinished[0]?.id);
		// Two of the five parts were uploaded, and the small file.
		expect(partPuts()).toBe(3);
		const [file, second] = sent.files;
		expect(file).toMatchObject({ parts: 5, resumed_parts: 2, retried_parts: 0 });
		expect(await masv.sandbox.sha256(sent.package.id, file?.id ?? '')).toBe(sha256(large));
		expect(await masv.sandbox.sha256(sent.package.id, second?.id ?? '')).toBe(sha256(small));
		expect(masv.sandbox.files(sent.package.id).filter(({ kind }) => kind === 'file')).toHaveLength(2);
	});

	it('writes no secrets to the journal, and starts a new delivery once this one was sent', async () => {
		await interrupt(3);
		const texts = await Promise.all(
			(await listJournal()).map(async (name) => await readFile(join(folder, name), 'utf8')),
		);
		expect(texts).toHaveLength(1);
		const text = texts.join('');
		expect(text).toContain('uploadId');
		for (const secret of [masv.sandbox.apiKey, 'eyJ', 'X-Amz-', 'access_token']) expect(text).not.toContain(secret);
		const [sent, again] = [await send(), await send()];
		expect(again.package.id).not.toBe(sent.package.id);
		expect(await listJournal()).toHaveLength(1);
	});

	it('does not send complete files again', async () => {
		const sources = [withLocation(rangeOf('small.txt', small)), withLocation(rangeOf('large.mov', large))];
		await interrupt(2, { sources });
		const sent = await send({ sources });
		expect(sent.files.map(({ name, resumed_parts }) => ({ name, resumed_parts }))).toEqual([
			{ name: 'small.txt', resumed_parts: 1 },
			{ name: 'large.mov', resumed_parts: 1 },
		]);
		expect(partPuts()).toBe(4);
	});

	it('reads a stream again but sends only the missing parts', async () => {
		const sources = [withLocation(streamOf('large.mov', large, [700_001]))];
		await interrupt(4, { sources });
		const sent = await send({ sources });
		expect(sent.files[0]).toMatchObject({ parts: 5, resumed_parts: 3 });
		expect(partPuts()).toBe(2);
		expect(await masv.sandbox.sha256(sent.package.id, sent.files[0]?.id ?? '')).toBe(sha256(large));
	});

	it('gives the package the name of the new run', async () => {
		await interrupt(3);
		const sent = await send({}, 'Dailies, second try');
		expect(sent.package.name).toBe('Dailies, second try');
		expect(sent.files[0]?.resumed_parts).toBe(2);
	});

	it('is resumed under another message, such as one with the time in it', async () => {
		await interrupt(3);
		const request = { name: 'Dailies', description: 'Sent at 10:01', recipients: [] };
		const sent = await send({ target: { kind: 'team', request } });
		expect(sent.files[0]?.resumed_parts).toBe(2);
		expect(sent.warnings).toEqual([expect.stringContaining('keeps the message')]);
	});

	it.each<[string, Partial<SendRequest>]>([
		[
			'a file changed',
			{ sources: [withLocation(rangeOf('large.mov', large), 'changed'), withLocation(rangeOf('small.txt', small))] },
		],
		[
			'the recipients changed',
			{ target: { kind: 'team', request: { name: 'D', description: '', recipients: ['a@b.example'] } } },
		],
		['it belongs to another node', { scope: 'workflow/other node' }],
	])('is not resumed if %s', async (_, change) => {
		await interrupt(3);
		const before = masv.sandbox.packages().length;
		const sent = await send(change);
		expect(masv.sandbox.packages()).toHaveLength(before + 1);
		expect(sent.files[0]?.resumed_parts).toBe(0);
	});

	it('starts the file again if the storage no longer knows the upload', async () => {
		await interrupt(3);
		masv.sandbox.inject({
			step: 'partPut',
			kind: 'status',
			status: 404,
			contentType: 'application/xml',
			body: '<Error><Code>NoSuchUpload</Code><Message>gone</Message></Error>',
		});
		const sent = await send();
		expect(sent.files[0]).toMatchObject({ parts: 5, resumed_parts: 0 });
		expect(await masv.sandbox.sha256(sent.package.id, sent.files[0]?.id ?? '')).toBe(sha256(large));
		expect(masv.sandbox.files(sent.package.id).filter(({ kind }) => kind === 'file')).toHaveLength(2);
	});

	it('starts a new package if the old one no longer exists', async () => {
		await interrupt(3);
		const old = masv.sandbox.packages().find(({ state }) => state === 'new');
		await masv.sandbox.expirePackage(old?.id ?? '');
		const sent = await send();
		expect(sent.package.id).not.toBe(old?.id);
		expect(sent.files[0]?.resumed_parts).toBe(0);
	});

	it('loses at most one part if a crash truncated the last line of the journal', async () => {
		await interrupt(4);
		for (const name of await listJournal()) await appendFile(join(folder, name), '\n{"part":4,"et');
		const sent = await send();
		expect(sent.files[0]?.resumed_parts).toBe(3);
		expect(await masv.sandbox.sha256(sent.package.id, sent.files[0]?.id ?? '')).toBe(sha256(large));
	});

	it.each([
		['keep', 'new', /was kept unfinished/],
		['delete', 'expired', /was deleted/],
	] as const)(
		'says what has become of the package if it cannot be resumed now, and leaves none if none is wanted (%s)',
		async (unfinished, state, hint) => {
			await interrupt(3);
			const fault = masv.sandbox.inject({ step: 'listFiles', kind: 'status', status: 503, times: Infinity });
			const error = await failureOf<MasvError>(send({ unfinished }));
			fault.remove();
			expect(error).toMatchObject({ hint: expect.stringMatching(hint) as string });
			expect(error.facts.outcome).toBe(unfinished === 'keep' ? 'resumable' : undefined);
			expect(masv.sandbox.packages().map((found) => found.state)).toEqual([state]);
		},
	);

	it('leaves no package and no journal if unfinished packages are to be deleted', async () => {
		const error = await interrupt(3, { unfinished: 'delete' });
		expect(error.hint).toMatch(/was deleted/);
		expect(masv.sandbox.packages().filter(({ state }) => state === 'new')).toHaveLength(0);
		const sent = await send();
		expect(sent.files[0]?.resumed_parts).toBe(0);
	});

	it('does not deliver twice if only the link failed', async () => {
		const fault = masv.sandbox.inject({ step: 'createLink', times: Infinity, kind: 'status', status: 400 });
		const error: unknown = await send({ link: {} }).catch((thrown: unknown) => thrown);
		fault.remove();
		expect((error as MasvError).hint).toMatch(/was finalized/);
		const count = masv.sandbox.packages().length;
		const sent = await send({ link: {} });
		expect(masv.sandbox.packages()).toHaveLength(count);
		expect(sent.link?.url).toBeDefined();
	});
});

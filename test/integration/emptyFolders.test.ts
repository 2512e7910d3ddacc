import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { folderJournal } from '../../masv/node/folderJournal';
import type { PackageTarget } from '../../masv/packages/create';
import { createPackage } from '../../masv/packages/create';
import type { DirectoryFacts } from '../../masv/transfer/source';
import { addFiles } from '../../masv/upload/addFiles';
import type { SendResult } from '../../masv/upload/sendPackage';
import { sendPackage } from '../../masv/upload/sendPackage';
import type { SendRequest } from '../../masv/upload/sendRequest';
import type { Step } from '../../sandbox/http/steps';
import type { SandboxOptions } from '../../sandbox/start';
import { failureOf } from '../support/failureOf';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { rangeOf } from '../support/testSources';

const clip = { ...rangeOf('CLIP.MXF', Buffer.from('clip'), 'CARD/CLIPS'), location: '/card/clip' };
const folder = (name: string, path = 'CARD'): DirectoryFacts => ({
	name,
	path,
	modifiedAt: new Date('2026-01-02T03:04:05.678Z'),
});
const target: PackageTarget = { kind: 'team', request: { name: 'Card', description: '', recipients: [] } };

describe('empty folders', () => {
	let masv: TestMasv;
	let journal: string;
	const start = async (options: SandboxOptions = {}) => void (masv = await startTestMasv(options));
	beforeEach(async () => void (journal = await mkdtemp(join(tmpdir(), 'masv-journal-'))));
	afterEach(async () => {
		await masv.close();
		await rm(journal, { recursive: true, force: true });
	});

	const send = async (more: Partial<SendRequest> = {}): Promise<SendResult> =>
		await sendPackage(masv.client(), {
			target,
			sources: [clip],
			directories: [folder('AUDIO'), folder('VOICE')],
			unfinished: 'keep',
			journal: folderJournal(journal),
			scope: 'workflow/node',
			...more,
		});
	const placesIn = (packageId: string) =>
		masv.sandbox
			.files(packageId)
			.map(({ kind, path, name }) => `${kind} ${path}/${name}`)
			.sort();
	const whole = ['directory CARD/AUDIO', 'directory CARD/VOICE', 'file CARD/CLIPS/CLIP.MXF'];

	it.each(['accepted', 'asFiles'] as const)('are in the package with their times (directories are %s)', async (how) => {
		await start({ directories: how });
		const sent = await send();
		expect(placesIn(sent.package.id)).toEqual(whole);
		expect(sent).toMatchObject({ folders_not_created: [], warnings: [], reconciled: true });
		expect(masv.sandbox.package(sent.package.id)?.state).toBe('finalized');
		expect(masv.sandbox.files(sent.package.id).find(({ name }) => name === 'VOICE')?.last_modified).toBe(
			'2026-01-02T03:04:05.678Z',
		);
	});

	it.each(['refused', 'unfinished'] as const)(
		'are listed if the server does not create them, and everything else is delivered (directories are %s)',
		async (how) => {
			await start({ directories: how });
			const warnings: string[] = [];
			const sent = await send({ onWarning: (text) => warnings.push(text) });
			expect(placesIn(sent.package.id)).toEqual(['file CARD/CLIPS/CLIP.MXF']);
			expect(sent.folders_not_created).toEqual(['CARD/AUDIO', 'CARD/VOICE']);
			expect(masv.sandbox.package(sent.package.id)?.state).toBe('finalized');
			if (how === 'refused') expect(warnings[0]).toMatch(/^Could not create the folder "CARD\/AUDIO": .* 400/);
		},
	);

	it('are not asked for one by one if the server refuses the first ones', async () => {
		await start();
		const fault = masv.sandbox.inject({ step: 'addFile', kind: 'status', status: 400, skip: 1, times: Infinity });
		const directories = Array.from({ length: 20 }, (_, index) => folder(`F${index}`));
		expect((await send({ directories })).folders_not_created).toHaveLength(20);
		expect(fault.hits()).toBe(3);
	});

	it.each(['resetAfterBody', 'lostAnswerStatus'] as const)(
		'are added once if the response is lost (%s)',
		async (kind) => {
			await start();
			masv.sandbox.inject({ step: 'addFile', kind, skip: 1 });
			const sent = await send();
			expect(placesIn(sent.package.id)).toEqual(whole);
			expect(sent.folders_not_created).toEqual([]);
		},
	);

	it('are added again if the request was lost', async () => {
		await start();
		masv.sandbox.inject({ step: 'addFile', kind: 'resetBeforeBody', skip: 1 });
		const sent = await send();
		expect(placesIn(sent.package.id)).toEqual(whole);
	});

	// Faults in the storage work only with the embedded store.
	const steps: Step[] = ['partUrls', 'finalizeFile'];
	if (process.env.SANDBOX_S3_ENDPOINT === undefined) steps.push('initiate', 'partPut');
	it.each(steps)('are removed again if %s fails for them', async (step) => {
		await start({ directories: 'asFiles' });
		masv.sandbox.inject({ step, kind: 'status', status: 400, skip: 1, times: Infinity });
		const sent = await send();
		expect(placesIn(sent.package.id)).toEqual(['file CARD/CLIPS/CLIP.MXF']);
		expect(sent.folders_not_created).toEqual(['CARD/AUDIO', 'CARD/VOICE']);
	});

	it('are not added twice by a run that goes on where another one ended', async () => {
		await start();
		const fault = masv.sandbox.inject({ step: 'finalizePackage', kind: 'status', status: 403, times: Infinity });
		await failureOf(send());
		fault.remove();
		const sent = await send();
		expect(masv.sandbox.packages()).toHaveLength(1);
		expect(placesIn(sent.package.id)).toEqual(whole);
		expect(sent.folders_not_created).toEqual([]);
	});

	it('of an earlier run are given up, too, if the package cannot be finalized with them', async () => {
		await start({ directories: 'unfinished' });
		const fault = masv.sandbox.inject({ step: 'finalizePackage', kind: 'status', status: 403, times: Infinity });
		await failureOf(send());
		fault.remove();
		const sent = await send();
		expect(placesIn(sent.package.id)).toEqual(['file CARD/CLIPS/CLIP.MXF']);
		expect(sent.folders_not_created).toEqual(['CARD/AUDIO', 'CARD/VOICE']);
	});

	it.each(['unfinished', 'asFiles'] as const)(
		'that can neither be finished nor removed do not keep the files from being delivered, in another package (directories are %s)',
		async (directories) => {
			await start({ directories });
			if (directories === 'asFiles')
				masv.sandbox.inject({ step: 'finalizeFile', kind: 'status', status: 400, skip: 1, times: 2 });
			masv.sandbox.inject({ step: 'deleteFile', kind: 'status', status: 405, times: Infinity });
			const warnings: string[] = [];
			const sent = await send({ onWarning: (text) => warnings.push(text) });
			expect(placesIn(sent.package.id)).toEqual(['file CARD/CLIPS/CLIP.MXF']);
			expect(sent.folders_not_created).toEqual(['CARD/AUDIO', 'CARD/VOICE']);
			expect(masv.sandbox.packages().map(({ state }) => state)).toEqual(['new', 'finalized']);
			expect(warnings.at(-1)).toMatch(/is left unfinished: .* The files are sent in a new package\.$/);
		},
	);

	it('are created in any number', async () => {
		await start();
		const directories = Array.from({ length: 30 }, (_, index) => folder(`F${index}`));
		const sent = await send({ directories });
		expect(placesIn(sent.package.id)).toHaveLength(31);
		expect(sent.folders_not_created).toEqual([]);
	});

	it('are reported for a package that was already sent in this execution', async () => {
		await start();
		const first = await send({ run: 'execution 1' });
		const again = await send({ run: 'execution 1', directories: [folder('AUDIO'), folder('LATE')] });
		expect(again.package.id).toBe(first.package.id);
		expect(again.folders_not_created).toEqual(['CARD/LATE']);
	});

	it.each([
		['accepted', []],
		['refused', ['CARD/AUDIO', 'CARD/VOICE']],
	] as const)(
		'are reported as they were for a package that was already sent, if MASV no longer lists it (directories are %s)',
		async (directories, notCreated) => {
			await start({ directories });
			const first = await send({ run: 'execution 1' });
			masv.sandbox.inject({ step: 'listFiles', kind: 'status', status: 404, times: Infinity });
			const again = await send({ run: 'execution 1' });
			expect(again.package.id).toBe(first.package.id);
			expect([again.folders_not_created, again.warnings]).toEqual([notCreated, []]);
		},
	);

	it('are no request if files create them', async () => {
		await start();
		const sent = await send({ directories: [folder('CLIPS'), folder('CARD', '')] });
		expect(placesIn(sent.package.id)).toEqual(['file CARD/CLIPS/CLIP.MXF']);
		expect(sent.folders_not_created).toEqual([]);
	});

	it('whose names a package cannot contain are refused before anything is created', async () => {
		await start();
		const error = await failureOf(send({ directories: [folder('a\\b')] }));
		expect(error).toMatchObject({ code: 'file_name_invalid' });
		expect(masv.sandbox.packages()).toEqual([]);
	});

	it('that some receivers cannot tell apart are a warning', async () => {
		await start();
		const sent = await send({ directories: [folder('clips')] });
		expect(sent.warnings).toEqual([
			'The folders "CARD/clips" and "CARD/CLIPS" differ only in upper and lower case. On Windows and macOS, they become one folder.',
		]);
	});

	describe('in a package that somebody else created', () => {
		const upload = async (packageId: string) => {
			let notCreated: string[] | undefined;
			const results = await addFiles(masv.client(), packageId, [clip], {
				stopAtFirst: true,
				journal: folderJournal(journal),
				scope: 'workflow/node',
				directories: [folder('AUDIO'), folder('VOICE')],
				onFoldersNotCreated: (paths) => (notCreated = paths),
			});
			return { states: results.map(({ status }) => status), notCreated };
		};
		const begin = async () => (await createPackage(masv.client(), target)).id;

		it('are added once, however often the upload is repeated', async () => {
			await start();
			const id = await begin();
			for (const _ of [1, 2]) expect(await upload(id)).toEqual({ states: ['fulfilled'], notCreated: [] });
			expect(placesIn(id)).toEqual(whole);
		});

		it('are listed if the server refuses them', async () => {
			await start({ directories: 'refused' });
			expect(await upload(await begin())).toEqual({ states: ['fulfilled'], notCreated: ['CARD/AUDIO', 'CARD/VOICE'] });
		});
	});
});

import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Masv } from '../../nodes/Masv/Masv.node';
import { fakeN8n } from '../support/fakeN8n';
import { useDataFolder } from '../support/masvNode';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';

useDataFolder();

const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

onEmbeddedStore('above the output, n8n shows what was transferred', () => {
	let masv: TestMasv;
	let base: string;
	let received: { mode: string; value: string };
	beforeAll(async () => {
		masv = await startTestMasv();
		base = await realpath(await mkdtemp(join(tmpdir(), 'masv-hints-')));
		await writeFile(join(base, 'a.mov'), 'first');
		const { id } = masv.sandbox.seedPackage({ name: 'Dailies', files: [{ name: 'a.mov', content: 'first' }] });
		received = { mode: 'id', value: id };
	});
	afterAll(async () => {
		await masv.close();
		await rm(base, { recursive: true });
	});

	let executions = 0;
	const hintsOf = async (parameters: object): Promise<string[]> => {
		const { apiKey, teamId, url: baseUrl } = masv.sandbox;
		const all = { packageName: 'Nightly', recipients: '', createLink: false, options: {}, transfer: {}, ...parameters };
		const { n8n, hinted } = fakeN8n({
			credentials: { masvApi: { apiKey, teamId, baseUrl } },
			parameters: all,
			executionId: String(++executions),
		});
		await new Masv().execute.call(n8n);
		return hinted;
	};
	const paths = (): string => join(base, 'a.mov');
	const ofNew = { waitSeconds: 0, packagePer: 'run', afterSending: 'keep', newFiles: {} };

	it.each<[string, () => object, RegExp]>([
		[
			'Send Files',
			() => ({ resource: 'package', operation: 'send', destination: 'team', source: 'path', paths: paths() }),
			/^Sent 1 file, 5 bytes, in /,
		],
		[
			'Send New Files',
			() => ({ resource: 'package', operation: 'sendNew', destination: 'team', paths: paths(), ...ofNew }),
			/^Sent 1 file, 5 bytes, in /,
		],
		[
			'Receive Files',
			() => ({
				...{ resource: 'package', operation: 'receive', packageId: received },
				...{ saveTo: 'folder', folder: join(base, 'in'), outputField: 'data', options: { exclude: '*.zip' } },
			}),
			/^Received 1 file, 5 bytes, in /,
		],
		[
			'Receive Files, to binary fields',
			() => ({
				...{ resource: 'package', operation: 'receive', packageId: received },
				...{ saveTo: 'binary', folder: '', outputField: 'data', options: { exclude: '*.zip' } },
			}),
			/^Received 1 file, 5 bytes, in /,
		],
		[
			'Download',
			() => ({
				...{ resource: 'file', operation: 'download', packageId: received, files: 'a.mov' },
				...{ saveTo: 'folder', folder: join(base, 'file'), outputField: 'data' },
			}),
			/^Received 1 file, 5 bytes, in /,
		],
		[
			'Send from Storage',
			() => {
				const { id } = masv.sandbox.seedConnection({ objects: [{ path: 'day/a.mov', content: 'first' }] });
				const from = { connectionId: id, source: 'folder', folder: 'day/', wait: true };
				return { resource: 'storage', operation: 'pull', ...from };
			},
			/^MASV transferred 1 file \(5 bytes\) from the storage\.$/,
		],
	])('%s', async (_, parametersOf, text) => {
		expect(await hintsOf(parametersOf())).toEqual([expect.stringMatching(text)]);
	});

	it('Send New Files, how many files are left for the next execution', async () => {
		await writeFile(join(base, 'b.mov'), 'second');
		const recent = { ...ofNew, waitSeconds: 86_400, paths: join(base, 'b.mov') };
		expect(await hintsOf({ resource: 'package', operation: 'sendNew', destination: 'team', ...recent })).toEqual([
			'Nothing was sent. Files that changed too recently, and that are left for the next execution (Wait Until Unchanged): 1.',
		]);
	});

	/** So that what is left of them does not say that their jobs have begun. */
	const damageLedgers = async (): Promise<void> => {
		const folder = join(process.env.N8N_STORAGE_PATH as string, 'masv-ledgers');
		for (const name of await readdir(folder)) {
			const lines = (await readFile(join(folder, name), 'utf8')).split('\n');
			await writeFile(join(folder, name), lines.filter((line) => !line.includes('"begun"')).join('\n'));
		}
	};

	it.each<[string, () => object, string]>([
		[
			'Send New Files',
			() => ({
				...{ resource: 'package', operation: 'sendNew', destination: 'team', paths: paths() },
				...{ ...ofNew, newFiles: { firstRun: 'mark' } },
			}),
			'The ledger of what was sent is gone. The files that are there are marked as sent now.',
		],
		[
			'Receive New Files',
			() => ({
				...{ resource: 'package', operation: 'receiveNew', direction: 'received', from: '' },
				...{ portalIds: [masv.sandbox.seedPortal().id], folder: join(base, 'lost'), options: {} },
			}),
			'The ledger of what was received is gone. All packages are received now, perhaps again. Files that are there are skipped.',
		],
	])('%s, that the ledger is gone, although there are no items that could say so', async (_, parametersOf, text) => {
		const parameters = parametersOf();
		await hintsOf(parameters);
		await damageLedgers();
		expect(await hintsOf(parameters)).toEqual([text, 'Nothing is new.']);
	});

	it('Receive New Files, which packages are gone', async () => {
		const { sandbox } = masv;
		const { id } = sandbox.seedPackage({ name: 'Gone', portal_id: sandbox.seedPortal().id, files: [] });
		const parameters = {
			...{ resource: 'package', operation: 'receiveNew', direction: 'received', portalIds: [], from: '' },
			...{ folder: join(base, 'new'), options: {} },
		};
		const fault = sandbox.inject({ step: 'listFiles', kind: 'status', status: 400 });
		await expect(hintsOf(parameters)).rejects.toThrow(/400/);
		fault.remove();
		await sandbox.expirePackage(id);
		expect(await hintsOf(parameters)).toEqual([
			`Packages that are gone, and were not received: ${id} ("Gone", expired).`,
		]);
		expect(await hintsOf(parameters)).toEqual(['Nothing is new.']);
	});

	it('Receive New Files, how many packages are still being uploaded', async () => {
		const { sandbox } = masv;
		const portal = sandbox.seedPortal();
		sandbox.seedPackage({ name: 'Unfinished', portal_id: portal.id, state: 'new', files: [] });
		const parameters = {
			...{ resource: 'package', operation: 'receiveNew', direction: 'received', portalIds: [portal.id], from: '' },
			...{ folder: join(base, 'unfinished'), options: {} },
		};
		expect(await hintsOf(parameters)).toEqual([
			'Nothing was received. Packages that are still being uploaded, and that are left for the next execution: 1.',
		]);
	});
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { receiveStreams } from '../../masv/download/receiveStreams';
import type { MasvClient } from '../../masv/client';
import { instantClock } from '../support/instantClock';
import { receiveToDisk } from '../support/receiveToDisk';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';

const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;
const hour = 60 * 60 * 1000;

onEmbeddedStore('a list of files that is behind', () => {
	let masv: TestMasv;
	let folder: string;
	const clock = instantClock();
	beforeEach(async () => {
		masv = await startTestMasv();
		folder = await mkdtemp(join(tmpdir(), 'masv-listed-'));
	});
	afterEach(async () => {
		await masv.close();
		await rm(folder, { recursive: true });
	});

	const seed = (createdMsAgo = 0, changedMsAgo = createdMsAgo): string => {
		const [created_at, updated_at] = [createdMsAgo, changedMsAgo].map((ms) => new Date(clock.now() - ms).toISOString());
		return masv.sandbox.seedPackage({ created_at, updated_at, files: [{ name: 'a.mov', content: 'first' }] }).id;
	};
	const behind = (listed: object[], times: number) =>
		masv.sandbox.inject({ step: 'listFiles', kind: 'wrongJson', body: JSON.stringify(listed), times });
	const none: object[] = [];
	const unfinished = [{ id: 'x', name: 'a.mov', path: '', size: 5, completed: false }];
	const toFolder = async (client: MasvClient, packageId: string) => await receiveToDisk(client, folder, { packageId });
	const toStreams = async (client: MasvClient, packageId: string) =>
		await receiveStreams(client, {
			source: { kind: 'package', packageId },
			...{ archives: false, infected: false, isWanted: () => true },
			consume: async (_, pieces) => {
				for await (const _piece of pieces);
			},
		});

	describe.each([
		['to a folder', toFolder],
		['as streams', toStreams],
	])('of files that are received %s', (_, receive) => {
		it.each([
			['shows none of them', none],
			['shows one of them as unfinished', unfinished],
		])('is waited for if it %s', async (_, listed) => {
			const fault = behind(listed, 3);
			expect(await receive(masv.client({ clock }), seed())).toMatchObject({ files: [{ name: 'a.mov' }], warnings: [] });
			expect(fault.hits()).toBe(3);
		});

		it('is waited for if MASV shows only that the upload began long ago', async () => {
			behind(none, 1);
			expect(await receive(masv.client({ clock }), seed(50 * hour))).toMatchObject({ files: [{ name: 'a.mov' }] });
		});

		it('is waited for a minute at most, and told', async () => {
			behind(none, Infinity);
			const id = seed();
			const before = clock.now();
			const { files, warnings } = await receive(masv.client({ clock }), id);
			expect([files, clock.now() - before <= 60_000]).toEqual([[], true]);
			expect(warnings).toEqual([
				`MASV lists 0 of the 1 files of package ${id}. Only what is listed as complete is received.`,
			]);
		});

		it('is not waited for if the package has not changed for longer than a day', async () => {
			const fault = behind(unfinished, Infinity);
			const { files, warnings } = await receive(masv.client({ clock }), seed(50 * hour, 25 * hour));
			expect([files, fault.hits()]).toEqual([[], 1]);
			expect(warnings).toEqual([expect.stringMatching(/ lists "a\.mov" of package .* as unfinished\. /)]);
		});
	});
});

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ReceiveResult } from '../../masv/download/receivePackage';
import { forkSource } from '../support/forkSource';
import type { ReceivingJob } from '../support/dyingReceive';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { patternBytes } from '../support/testSources';

const mebibyte = 1024 * 1024;
const content = patternBytes(6 * mebibyte + 77, 3);
const ranges = 7;
const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

onEmbeddedStore('a process that receives a package', () => {
	let masv: TestMasv;
	let base: string;
	beforeEach(async () => {
		masv = await startTestMasv();
		base = await realpath(await mkdtemp(join(tmpdir(), 'masv-deaths-')));
	});
	afterEach(async () => {
		await masv.close();
		await rm(base, { recursive: true });
	});

	const start = (packageId: string): ChildProcess => {
		const { url: baseUrl, apiKey, teamId } = masv.sandbox;
		const job: ReceivingJob = {
			...{ baseUrl, apiKey, teamId, packageId },
			folder: base,
			notes: join(base, '.notes'),
			rangeBytes: mebibyte,
		};
		return forkSource('dyingReceive.ts', job);
	};
	/** Resolves when the process has sent such a message. */
	const untilSent = async <T>(child: ChildProcess, is: (message: object) => T | undefined): Promise<T> =>
		await new Promise((resolve, reject) => {
			child.on('message', (message) => {
				const found = is(message as object);
				if (found !== undefined) resolve(found);
			});
			child.on('exit', (code, signal) => reject(new Error(`It ended with ${code ?? signal}`)));
		});

	it('goes on where the killed one has ended, however often it is killed', async () => {
		const files = [{ name: 'reel.mov', path: 'day 1', content }];
		const { id } = masv.sandbox.seedPackage({ name: 'Dailies', files });
		const deaths = 4;
		for (let death = 1; death <= deaths; death++) {
			// One range arrives, the next one stops halfway.
			const stalled = masv.sandbox.inject({ step: 'getObject', kind: 'stallAnswer', skip: 1, times: Infinity });
			const child = start(id);
			await untilSent(child, (message) => (isRange(message) ? true : undefined));
			const isDead = once(child, 'exit');
			child.kill('SIGKILL');
			await isDead;
			stalled.remove();
			expect(await readdir(join(base, 'Dailies', 'day 1'))).toEqual(['reel.mov.part']);
		}
		const last = start(id);
		const result = await untilSent(last, (message) => (message as { result?: ReceiveResult }).result);
		expect(result.files).toMatchObject([{ resumed_bytes: deaths * mebibyte, verified: true }]);
		expect((await readFile(join(base, 'Dailies', 'day 1', 'reel.mov'))).equals(content)).toBe(true);
		expect(await readdir(join(base, 'Dailies', 'day 1'))).toEqual(['reel.mov']);
		const requests = masv.sandbox.requests.filter(({ step }) => step === 'getObject');
		// Those of the killed ones that were in flight may not have been sent yet.
		expect(requests.length).toBeGreaterThanOrEqual(ranges);
		expect(requests.length).toBeLessThanOrEqual(ranges + deaths);
		expect(masv.sandbox.links(id).length).toBe(1 + deaths);
		expect(masv.sandbox.links(id).filter(({ active }) => active)).toEqual([]);
	});
});

function isRange(message: object): boolean {
	const { noted } = message as { noted?: { kind?: string } };
	return noted?.kind === 'range';
}

import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Fault, startSandbox } from '../sandbox/start.ts';
import { type Execution, output } from './n8n/executions.ts';
import { type Added, type KillLab, openKillLab } from './support/killLab.ts';
import { bytes, sha256, sha256Of, until } from './support/lab.ts';
import { readPrepared } from './support/prepared.ts';

const mebibyte = 1024 * 1024;
/** What the node asks for at once, and how many of them at the same time. */
const rangeBytes = 32 * mebibyte;
const parallelRanges = 8;
const ranges = 64;
/** So many arrive before n8n is killed. The others stop halfway. */
const arrived = 24;

interface Received {
	folder: string;
	bytes: number;
	warnings: string[];
	files: Array<{ name: string; location: string; verified: boolean; resumed_bytes: number }>;
}

/** n8n is killed at the first request that runs into the fault. `isLost`: it never learns the ID of its link. */
const cases: Record<string, { fault: Fault; isLost?: true }> = {
	'asking for the link, which MASV has created': {
		fault: { step: 'createLink', kind: 'hangAfterBody' },
		isLost: true,
	},
	'looking its link up': { fault: { step: 'getLink', kind: 'hang' } },
	'receiving the content': { fault: { step: 'getObject', kind: 'stallAnswer' } },
	'disabling its link, which MASV has not done': { fault: { step: 'disableLink', kind: 'hang' } },
	'disabling its link, which MASV has done': { fault: { step: 'disableLink', kind: 'hangAfterBody' } },
};

describe('n8n killed with SIGKILL while it receives packages of the team, and run again', () => {
	let work: string;
	let lab: KillLab;
	let large: Added & { packageId: string; execution: Execution; sum: string; requested: [number, number] };
	const killed = new Map<string, Added & { packageId: string; execution: Execution; sum: string }>();

	/** A package in a MASV of its own. */
	const seed = async (name: string, content: Buffer, partBytes?: number) => {
		const sandbox = await startSandbox({ storageTls: readPrepared().storageTls });
		const files = [{ name: 'reel.mov', path: 'day 1', content, partBytes }];
		return { name, sandbox, packageId: sandbox.seedPackage({ name, chunk_size: partBytes ?? 0, files }).id };
	};
	type Seeded = Awaited<ReturnType<typeof seed>>;
	const add = async ({ name, sandbox, packageId }: Seeded): Promise<Added & { packageId: string }> => {
		const added = await lab.add(name, sandbox, {
			resource: 'package',
			operation: 'receive',
			packageId: { __rl: true, mode: 'id', value: packageId },
			saveTo: 'folder',
			folder: join(lab.filesFolder, 'incoming'),
			transfer: { parallelParts: parallelRanges },
		});
		return { ...added, packageId };
	};

	/** Bytes of the content that were asked for so far. */
	const requested = ({ sandbox }: Added): number =>
		sandbox.requests
			.filter(({ step }) => step === 'getObject')
			.map(({ headers }) => /^bytes=(\d+)-(\d+)$/.exec(String(headers.range)) ?? [])
			.reduce((sum, [, first, last]) => sum + Number(last) - Number(first) + 1, 0);

	beforeAll(async () => {
		// Takes seconds, in which connections to n8n would be lost.
		const { content, sum } = largeContent(ranges * rangeBytes);
		const seeded = await seed('large', content, rangeBytes);
		work = await mkdtemp(join(tmpdir(), 'masv-receive-kill-'));
		lab = await openKillLab(work);
		const added = await add(seeded);
		const stalled = added.sandbox.inject({ step: 'getObject', kind: 'stallAnswer', skip: arrived, times: Infinity });
		const begun = await Promise.all(
			Object.entries(cases).map(async ([name, { fault }]) => {
				const small = bytes(100_000);
				const one = { ...(await add(await seed(name, small))), sum: sha256(small) };
				return { name, one, struck: one.sandbox.inject(fault) };
			}),
		);
		await Promise.all([added, ...begun.map(({ one }) => one)].map(async (each) => await lab.start(each)));
		await until(() => (stalled.hits() === parallelRanges ? true : undefined));
		// What was executed is known a moment after the fault has struck.
		const isDone = ({ one, struck }: (typeof begun)[number]): boolean =>
			struck.hits() === 1 && one.sandbox.requests.every(({ step, handled }) => step !== 'createLink' || handled);
		await until(() => (begun.every(isDone) ? true : undefined));
		const noted = async (): Promise<number> => (await lab.records()).split('"kind":"range"').length - 1;
		await until(async () => ((await noted()) === arrived ? true : undefined));
		await lab.kill();
		stalled.remove();
		const before = requested(added);
		await lab.restart();
		// The lease of a dead process is waited for: once, if all are run at the same time.
		const run = async <T extends Added>(each: T) => ({ ...each, execution: await lab.run(each) });
		const [again, ...others] = await Promise.all([run(added), ...begun.map(async ({ one }) => await run(one))]);
		large = { ...again, sum, requested: [before, requested(added) - before] };
		begun.forEach(({ name, one }, index) =>
			killed.set(name, { ...one, ...others[index], execution: others[index]!.execution }),
		);
	});

	afterAll(async () => {
		await lab?.close();
		await rm(work, { recursive: true, force: true });
	});

	const receivedBy = ({ execution }: { execution: Execution }): Received => {
		expect({ status: execution.status, error: execution.run?.resultData.error?.message }).toEqual({
			status: 'success',
		});
		return output(execution, 'MASV')[0]?.json as unknown as Received;
	};
	const activeLinks = ({ sandbox, packageId }: { sandbox: Added['sandbox']; packageId: string }): string[] =>
		sandbox
			.links(packageId)
			.filter(({ active }) => active)
			.map(({ id }) => id);

	it('continues 2 GiB where it was killed: nothing is lost, and only what was in flight is requested twice', async () => {
		const { bytes: received, files, folder } = receivedBy(large);
		expect(received).toBe(ranges * rangeBytes);
		expect(await sha256Of(files[0]?.location ?? '')).toBe(large.sum);
		expect(files).toEqual([expect.objectContaining({ resumed_bytes: arrived * rangeBytes })]);
		expect(await readdir(folder, { recursive: true })).not.toContainEqual(expect.stringMatching(/\.part$/));
		expect(large.requested).toEqual([(arrived + parallelRanges) * rangeBytes, (ranges - arrived) * rangeBytes]);
	});

	it.each(Object.keys(cases))('has a whole file after it was killed while %s', async (name) => {
		const { sum, ...rest } = killed.get(name)!;
		const { folder } = receivedBy(rest);
		expect(await sha256Of(join(folder, 'day 1', 'reel.mov'))).toBe(sum);
		expect((await readdir(join(folder, 'day 1'))).sort()).toEqual(['reel.mov']);
	});

	const known = Object.keys(cases).filter((name) => cases[name]?.isLost !== true);

	it.each(known)('leaves no active link after it was killed while %s', (name) => {
		const each = killed.get(name)!;
		expect(each.sandbox.links(each.packageId).length).toBeGreaterThan(0);
		expect([activeLinks(each), receivedBy(each).warnings]).toEqual([[], []]);
	});

	it('leaves no active link after 2 GiB', () => {
		expect([activeLinks(large), receivedBy(large).warnings]).toEqual([[], []]);
	});

	it('says in the output that there may be a link whose ID it has never learned, which nobody can use', () => {
		for (const [name, { isLost }] of Object.entries(cases)) {
			if (isLost !== true) continue;
			const each = killed.get(name)!;
			const [lost] = each.sandbox.links(each.packageId);
			// The second one was for the second run.
			expect(each.sandbox.links(each.packageId)).toHaveLength(2);
			expect(activeLinks(each)).toEqual([lost?.id]);
			expect(receivedBy(each).warnings).toEqual([
				expect.stringMatching(
					`A direct link to package ${each.packageId} may have been created whose ID is unknown.*cannot be used`,
				),
			]);
		}
	});
});

/** Every MiB is different. */
function largeContent(length: number): { content: Buffer; sum: string } {
	const content = Buffer.allocUnsafe(length);
	const hash = createHash('sha256');
	const block = bytes(16 * mebibyte);
	for (let at = 0; at < length; at += block.length) {
		for (let within = 0; within < block.length; within += mebibyte)
			block.writeUInt32LE((at + within) / mebibyte, within);
		block.copy(content, at);
		hash.update(block);
	}
	return { content, sum: hash.digest('hex') };
}

import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readlink, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Execution } from './n8n/executions.ts';
import { canRenameHost } from './n8n/hostName.ts';
import { reusePid } from './n8n/reusePid.ts';
import {
	type Interrupted,
	type Interruption,
	type KillLab,
	largeAndSmall,
	openKillLab,
	sentBy,
} from './support/killLab.ts';

interface Case extends Omit<Interruption, 'name' | 'files'> {
	/** Parts that were stored and had to be sent again: those in flight. */
	sentAgain: number;
	/** Only the large file. */
	isLargeOnly?: true;
	/** Packages that stay unfinished: n8n never learned their IDs. */
	unfinished?: number;
}

/** n8n is killed when MASV has executed a request, and n8n has not got the response. */
const cases: Record<string, Case> = {
	'creating the package': { lost: [{ step: 'createPackage' }], finalized: 0, sentAgain: 0, unfinished: 1 },
	'adding a file': { lost: [{ step: 'addFile' }], finalized: 3, sentAgain: 0 },
	'starting a multipart upload': { lost: [{ step: 'initiate' }], finalized: 3, sentAgain: 0 },
	'getting part URLs': { lost: [{ step: 'partUrls', partNumber: 3 }], finalized: 3, sentAgain: 0 },
	'storing parts 2 and 3 of 5': {
		lost: [
			{ step: 'partPut', partNumber: 2 },
			{ step: 'partPut', partNumber: 3 },
		],
		finalized: 0,
		transfer: { parallelParts: 2 },
		isLargeOnly: true,
		sentAgain: 2,
	},
	'finalizing a file': { lost: [{ step: 'finalizeFile', skip: 3 }], finalized: 3, sentAgain: 0 },
	'finalizing the package': { lost: [{ step: 'finalizePackage' }], finalized: 4, sentAgain: 0 },
	'creating the link': { lost: [{ step: 'createLink' }], finalized: 4, sentAgain: 0 },
};

interface Resumed extends Interrupted {
	execution: Execution;
}

let folder: string;
let lab: KillLab;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'masv-kill-'));
	lab = await openKillLab(folder);
});

afterAll(async () => {
	await lab?.close();
	await rm(folder, { recursive: true, force: true });
});

/** Kills n8n in the middle of several deliveries, and runs their workflows again. Returns them by step. */
async function interrupt(steps: string[], label: string, start: () => Promise<void>): Promise<Map<string, Resumed>> {
	const interrupted = await Promise.all(
		steps.map(async (step) => {
			const { isLargeOnly, ...rest } = cases[step] as Case;
			const files = [...largeAndSmall()].slice(0, isLargeOnly === true ? 1 : undefined);
			return await lab.begin({ ...rest, name: `${step} ${label}`, files: new Map(files) });
		}),
	);
	await Promise.all(interrupted.map(async (each) => await lab.start(each)));
	await Promise.all(interrupted.map(async (each) => await each.untilStuck()));
	await lab.kill();
	await start();
	// A lease of a dead process is waited for: once, if all are run at the same time.
	const executions = await Promise.all(interrupted.map(async (each) => await lab.run(each)));
	return new Map(
		steps.map((step, index) => [
			step,
			{ ...(interrupted[index] as Interrupted), execution: executions[index] as Execution },
		]),
	);
}

async function check(step: string, { sandbox, contents, execution }: Resumed): Promise<void> {
	const { sentAgain, unfinished = 0 } = cases[step] as Case;
	expect({ status: execution.status, error: execution.run?.resultData.error?.message }).toEqual({ status: 'success' });
	const result = sentBy(execution);

	const states = sandbox.packages().map(({ state }) => state);
	expect(states.sort()).toEqual(['finalized', ...Array.from({ length: unfinished }, () => 'new')]);
	expect(sandbox.package(result.package.id)?.state).toBe('finalized');

	const delivered = await Promise.all(
		sandbox
			.files(result.package.id)
			.map(async ({ id, path, name }) => [
				path === '' ? name : `${path}/${name}`,
				await sandbox.sha256(result.package.id, id),
			]),
	);
	expect(delivered.sort()).toEqual([...contents].sort());
	expect(sandbox.openUploads()).toBe(0);

	const stored = sandbox.requests.filter((request) => request.step === 'partPut' && request.handled);
	expect(stored).toHaveLength(result.parts + sentAgain);
	expect(result.reconciled).toBe(true);

	// MASV mails the client when the package is finalized.
	expect(sandbox.requests.filter((request) => request.step === 'finalizePackage')).toHaveLength(1);
	expect(sandbox.links(result.package.id).map(({ id }) => id)).toContain(result.link?.id);
}

describe('n8n killed with SIGKILL, started and run again, delivers one whole package', () => {
	let resumed: Map<string, Resumed>;

	beforeAll(async () => {
		resumed = await interrupt(Object.keys(cases), 'here', async () => await lab.restart());
	});

	it.each(Object.keys(cases))('after %s', async (step) => {
		await check(step, resumed.get(step) as Resumed);
	});

	it('and sends only the parts that are not stored or were in flight', () => {
		const { parts, resumed_parts } = sentBy((resumed.get('storing parts 2 and 3 of 5') as Resumed).execution);
		expect({ parts, resumed_parts }).toEqual({ parts: 5, resumed_parts: 1 });
	});
});

describe('n8n killed, and started again at once in another place, under another host name, its process ID taken', () => {
	const steps = ['storing parts 2 and 3 of 5', 'finalizing a file', 'finalizing the package'];
	let resumed: Map<string, Resumed>;
	let left: string[];
	let killedPid: number;
	let stranger: ChildProcess | undefined;

	beforeAll(async () => {
		resumed = await interrupt(steps, 'elsewhere', async () => {
			killedPid = lab.pid();
			stranger = reusePid(killedPid);
			left = (await lab.leases()).filter((lease) => lease.includes('"released":false'));
			await lab.moveTo((await canRenameHost()) ? 'another-worker' : undefined);
		});
	});

	afterAll(() => void stranger?.kill('SIGKILL'));

	it('runs while another process is alive under the ID of the killed one, where the system allows it', () => {
		if (stranger === undefined) return;
		expect({ pid: stranger.pid, exitCode: stranger.exitCode }).toEqual({ pid: killedPid, exitCode: null });
		expect(lab.pid()).not.toBe(killedPid);
	});

	it('finds the leases of the killed process, which name neither a host nor a process', () => {
		expect(left).toHaveLength(steps.length);
		for (const lease of left) {
			expect(Object.keys(JSON.parse(lease) as object)).toEqual(['holder', 'beat', 'released']);
			expect(lease).not.toContain(hostname());
		}
	});

	it('has a host name of its own, where the system allows it', async () => {
		if (!(await canRenameHost())) return;
		expect(await readlink(`/proc/${lab.pid()}/ns/uts`)).not.toBe(await readlink('/proc/self/ns/uts'));
	});

	it.each(steps)('after %s', async (step) => {
		await check(step, resumed.get(step) as Resumed);
	});
});

import type { SendNewRequest, SendNewResult } from '../../masv/sync/sendNewRequest';
import { sendNew } from '../../masv/sync/sendNew';
import type { TransportRequest } from '../../masv/transport';
import { instantClock } from './instantClock';
import type { Fate, Process } from './mortal';
import { createProcesses } from './mortal';
import { syncedFolder } from './syncedFolder';
import type { TestMasv } from './testMasv';
import { startTestMasv } from './testMasv';
import { sha256 } from './testSources';

const mebibyte = 1024 * 1024;

/** A job that sends what is new in a folder in memory to the sandbox, by processes that can die or freeze. */
async function startSendingJob() {
	const clock = instantClock();
	const masv: TestMasv = await startTestMasv();
	const processes = createProcesses(masv);
	const folder = syncedFolder(() => clock.now());
	const start = (fateOf?: (request: TransportRequest) => Fate): Process => processes.start(fateOf, { clock });
	const run = async (
		process = start(),
		more: Partial<SendNewRequest> = {},
		ledgers = process.journal,
	): Promise<SendNewResult | 'dead'> =>
		await process.run(
			async ({ client, journal, leases }) =>
				await sendNew(client, {
					target: { kind: 'team', request: { name: 'Nightly', description: '', recipients: ['a@client.example'] } },
					partBytes: 5 * mebibyte,
					unfinished: 'keep',
					link: {},
					owner: { scope: 'workflow/node' },
					journal,
					leases,
					ledgers,
					knownLines: () => 0,
					...folder,
					waitMs: 60_000,
					sendMoved: false,
					touchedFiles: 'compare',
					per: 'run',
					top: '',
					firstRun: 'send',
					ifRunning: 'skip',
					...more,
				}),
		);
	const delivered = () => masv.sandbox.packages().filter(({ state }) => state === 'finalized');
	return {
		...{ masv, processes, folder, clock, start, run, delivered },
		/** A run of a process that lives. */
		runWell: async (more: Partial<SendNewRequest> = {}): Promise<SendNewResult> =>
			(await run(start(), more)) as SendNewResult,
		/** The places and contents that were delivered, in all packages. */
		contents: async (): Promise<string[]> => {
			const files = delivered().flatMap(({ id }) => masv.sandbox.files(id).map((file) => ({ package: id, ...file })));
			const texts = files.map(
				async (file) => `${file.path}/${file.name} ${await masv.sandbox.sha256(file.package, file.id)}`,
			);
			return (await Promise.all(texts)).sort();
		},
		requests: (step: string): number => masv.sandbox.requests.filter((each) => each.step === step).length,
		close: async (): Promise<void> => {
			await processes.close();
			await masv.close();
		},
	};
}

export type SendingJob = Awaited<ReturnType<typeof startSendingJob>>;

/** Call in a `describe`: a new job for each test. */
export function useSendingJob(): () => SendingJob {
	let job: SendingJob;
	beforeEach(async () => (job = await startSendingJob()));
	afterEach(async () => await job.close());
	return () => job;
}

/** What {@link SendingJob.contents} returns if these files were delivered. */
export function contentsOf(versions: Array<[name: string, content: string | Buffer]>): string[] {
	return versions.map(([name, content]) => `in/${name} ${sha256(Buffer.from(content))}`).sort();
}

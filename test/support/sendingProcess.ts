/**
 * A process that sends what is new in a folder on disk, with its ledger on disk. It says "stopped" where it is to stop, and goes no
 * further. Otherwise it reports what each of its runs has sent. The job comes as JSON in the first argument.
 */
import { MasvClient } from '../../masv/client';
import type { Clock } from '../../masv/clock';
import { clearFile } from '../../masv/node/clearFile';
import { folderJournal } from '../../masv/node/folderJournal';
import { folderLeases } from '../../masv/node/folderLeases';
import { nodeHashing } from '../../masv/node/nodeHashing';
import { createNodeTransport } from '../../masv/node/nodeTransport';
import { systemClock } from '../../masv/node/systemClock';
import { sendNew } from '../../masv/sync/sendNew';
import { createBookkeeping } from '../../masv/transfer/bookkeeping';
import type { Journal } from '../../masv/transfer/journal';
import type { Transport } from '../../masv/transport';
import { isThere, listNewFiles, plannedSource } from '../../nodes/Masv/files/newFiles';
import { fakeN8n } from './fakeN8n';

/** What a process stops at, for ever. */
export interface Stop {
	/** A request to finalize the package, a line of this kind in the ledger, or moving or deleting the first file. */
	at: 'finalize' | 'sent' | 'cleared' | 'clear';
	when: 'before' | 'after';
}

export interface SendingProcessJob {
	baseUrl: string;
	apiKey: string;
	teamId: string;
	folder: string;
	/** Where the ledger is, and what deliveries note. */
	notes: string;
	after: 'move' | 'delete';
	/** Gets what is moved. */
	moveTo: string;
	/** Default: it goes on to its end. */
	stop?: Stop;
	runs: number;
}

/** What each run has sent. */
export type SendingProcessReport = Array<{
	sent: Array<{ package: string; recovered: boolean; files: string[] }>;
	warnings: string[];
}>;

async function main({ folder, notes, after, moveTo, stop, runs, ...account }: SendingProcessJob): Promise<void> {
	const real = createNodeTransport();
	const around = async <T>(at: Stop['at'], work: () => Promise<T>): Promise<T> => {
		if (stop?.at === at && stop.when === 'before') await stopForEver();
		const result = await work();
		if (stop?.at === at) await stopForEver();
		return result;
	};
	const transport: Transport = async (request) =>
		/\/packages\/[^/]+\/finalize$/.test(request.url)
			? await around('finalize', async () => await real(request))
			: await real(request);
	// MASV is given minutes to do what it was asked for. They pass at once here.
	let aheadMs = 0;
	const clock: Clock = {
		...systemClock,
		now: () => systemClock.now() + aheadMs,
		sleep: async (ms, signal) => {
			aheadMs += ms;
			await systemClock.sleep(Math.min(ms, 20), signal);
		},
	};
	const client = new MasvClient({ ...account, transport, clock, hashing: nodeHashing });
	const leases = folderLeases(notes, systemClock, { beatMs: 50, silenceMs: 500 });
	const disk = folderJournal(notes);
	const ledgers: Journal = {
		...disk,
		open: async (key) => {
			const record = await disk.open(key);
			const append: typeof record.append = async (line, options) => {
				const write = async (): Promise<void> => await record.append(line, options);
				const { kind } = line as { kind?: string };
				await (kind === 'sent' || kind === 'cleared' ? around(kind, write) : write());
			};
			return { ...record, append };
		},
	};
	const onError = (): void => undefined;
	const { n8n } = fakeN8n();
	const report: SendingProcessReport = [];
	for (let run = 0; run < runs; run++) {
		const { sent, warnings } = await sendNew(client, {
			...createBookkeeping({ journal: disk, leases }, systemClock, onError),
			ledgers: createBookkeeping({ journal: ledgers, leases }, systemClock, onError).journal,
			target: { kind: 'team', request: { name: 'Nightly', description: '', recipients: [] } },
			...{ unfinished: 'keep', link: {}, owner: { scope: 'workflow/node' }, knownLines: () => 0 },
			...{
				waitMs: 0,
				sendMoved: false,
				touchedFiles: 'compare',
				per: 'run',
				top: '',
				firstRun: 'send',
				ifRunning: 'wait',
			},
			list: async () => (await listNewFiles(n8n, [folder], '', [])).files,
			toSource: plannedSource,
			isThere,
			isUnmounted: async () => await Promise.resolve(false),
			after: {
				kind: after,
				clear: async (file) => {
					const options = { moveTo: after === 'move' ? moveTo : undefined, checkAllowed: () => undefined };
					return await around('clear', async () => await clearFile(file, options));
				},
			},
		});
		const shown = sent.map(({ package: { id }, recovered, files }) => ({
			...{ package: id, recovered, files: files.map(({ name }) => name).sort() },
		}));
		report.push({ sent: shown, warnings });
	}
	await real.destroy();
	process.send?.(report, () => process.disconnect());
}

async function stopForEver(): Promise<never> {
	process.send?.('stopped');
	return await new Promise(() => undefined);
}

void main(JSON.parse(process.argv[2] ?? '') as SendingProcessJob);

import type { ClientOptions, MasvClient } from '../../masv/client';
import { createDispatcher } from '../../masv/node/dispatcher';
import { createTransport } from '../../masv/node/undiciTransport';
import type { Journal } from '../../masv/transfer/journal';
import type { Lease, Leases } from '../../masv/transfer/lease';
import type { Transport, TransportRequest, TransportResponse } from '../../masv/transport';
import { memoryJournal } from './memoryJournal';
import { patientTimeouts } from './patientTimeouts';
import type { TestMasv } from './testMasv';

/** Something that may still run although nobody waits for it, as in a process that was killed or frozen. */
const never = (): Promise<never> => new Promise(() => {});

/** A process that uploads, and can die or freeze at any request. */
export interface Process {
	client: MasvClient;
	journal: Journal;
	leases: Leases;
	/** The result of its work, or `dead`. */
	run: <T>(work: (process: Process) => Promise<T>) => Promise<T | 'dead'>;
	/** Goes on after having been frozen. */
	wake: () => void;
	/** Dies between two requests. */
	kill: () => void;
	/** Freezes between two requests. @returns when it goes on */
	freeze: () => Promise<void>;
}

export type Fate = 'lives' | 'dies before' | 'dies after' | 'freezes after';

/**
 * Processes that share MASV, a journal and leases. A dead or frozen one gives no signs of life.
 * @param wrap changes what they send to MASV, or what it responds
 */
export function createProcesses(masv: TestMasv, wrap: (transport: Transport) => Transport = (transport) => transport) {
	const shared = memoryJournal();
	const holders = new Map<string, { fence: number; isAlive: () => boolean; isReleased: boolean }>();
	const dispatcher = createDispatcher(patientTimeouts);

	const start = (
		fateOf: (request: TransportRequest) => Fate = () => 'lives',
		{ isStranger = false, ...options }: Partial<ClientOptions> & { isStranger?: boolean } = {},
	): Process => {
		let state: 'alive' | 'frozen' | 'dead' = 'alive';
		let die = (): void => {};
		let wake = (): void => {};
		const death = new Promise<'dead'>((resolve) => (die = () => resolve('dead')));
		const awake = new Promise<void>((resolve) => (wake = resolve));
		const live = async (): Promise<void> => {
			if (state === 'frozen') await awake;
			if (state === 'dead') await never();
		};
		const end = (fate: Fate): void => {
			if (fate === 'lives' || state !== 'alive') return;
			state = fate === 'freezes after' ? 'frozen' : 'dead';
			die();
		};
		const real = wrap(createTransport(dispatcher));
		const transport: Transport = async (request) => {
			await live();
			const fate = fateOf(request);
			if (fate === 'dies before') end(fate);
			await live();
			const response = (isStranger ? answerToStranger(request) : undefined) ?? (await real(request));
			end(fate);
			await live();
			return response;
		};
		const journal: Journal = {
			readAll: async (...args) => {
				await live();
				return await shared.join().readAll(...args);
			},
			open: async (key) => {
				const record = await shared.join().open(key);
				return {
					...record,
					append: async (line) => {
						await live();
						await record.append(line);
					},
				};
			},
		};
		const leases: Leases = {
			take: async (key, takeOptions) => {
				const before = holders.get(key);
				if (before !== undefined && !before.isReleased) {
					if (takeOptions?.onlyReleased === true) return Promise.resolve('held');
					takeOptions?.onWait?.();
					if (before.isAlive()) return Promise.resolve('held');
				}
				const holder = { fence: (before?.fence ?? 0) + 1, isAlive: () => state === 'alive', isReleased: false };
				holders.set(key, holder);
				const lease: Lease = {
					fence: holder.fence,
					isHeld: () => Promise.resolve(holders.get(key) === holder && !holder.isReleased),
					release: () => Promise.resolve(void (holder.isReleased = true)),
				};
				return Promise.resolve(lease);
			},
		};
		const process: Process = {
			client: masv.client({ transport, leases, ...options }),
			journal,
			leases,
			run: async (work) => await Promise.race([work(process), death]),
			wake: () => {
				state = 'alive';
				wake();
			},
			kill: () => end('dies before'),
			freeze: async () => {
				end('freezes after');
				await live();
			},
		};
		return process;
	};
	return { start, journal: shared, close: async () => await dispatcher.destroy() };
}

/** What MASV tells a key of another team about packages and portals: nothing. */
function answerToStranger({ method, url }: TransportRequest): TransportResponse | undefined {
	const { pathname } = new URL(url);
	if (method !== 'GET' || !/^\/v1(\.1)?\/(teams|portals)\//.test(pathname)) return undefined;
	if (!/\/(packages|portals|inbox)$/.test(pathname)) return { status: 404, headers: {}, text: '' };
	return { status: 200, headers: {}, text: '{"metadata":{"total":0},"records":[]}' };
}

/** Follows what a process works on: one that was frozen goes on with it when it is woken. @returns what becomes of that */
export function followWork(process: Process): () => Promise<unknown> {
	let working: Promise<unknown> = Promise.resolve();
	const { run } = process;
	process.run = async (work) =>
		await run(async (same) => {
			const result = work(same);
			working = result;
			return await result;
		});
	return () => working;
}

/** Whether a request is the n-th (from 1) with this method whose path matches. */
export function nth(count: number, method: string, path: RegExp): (request: TransportRequest) => boolean {
	let seen = 0;
	return (request) => request.method === method && path.test(new URL(request.url).pathname) && ++seen === count;
}

import type { Clock } from '../../masv/clock';
import type { Lease, Leases, TakeOptions } from '../../masv/transfer/lease';
import { systemError } from './simJournal';
import type { Worker } from './worker';

const beatMs = 5_000;
export const silenceMs = 30_000;
const looksPerSilence = 10;

interface Holding {
	fence: number;
	beat: number;
	isReleased: boolean;
	/** Whether no earlier holder may wake up. */
	isForgettable: boolean;
	holder: string;
}

/** The leases that the workers share: the newest holder of each key. */
export type LeaseBoard = Map<string, Holding>;

export interface LeaseFaults {
	/** Share of the calls that fail. */
	share: number;
	onFault: () => void;
	/** Somebody gets a lease whose holder has not given it back. */
	onTakeover?: (holder: string, key: string) => void;
}

/** The leases as one worker sees them. Each look and each sign of life is an effect, during which it may die or freeze. */
export function simLeases(worker: Worker, clock: Clock, board: LeaseBoard, faults: LeaseFaults): Leases {
	const act = async <T>(what: string, effect: () => T): Promise<T> =>
		await worker.act(`lease ${what}`, 4, () => {
			if (worker.dice.chance(faults.share)) {
				faults.onFault();
				worker.note(`lease: EIO at ${what}`);
				throw systemError('EIO');
			}
			return effect();
		});

	const isHeldByOther = async (
		key: string,
		{ onWait, onLook, onlyReleased, signal }: TakeOptions,
	): Promise<boolean> => {
		const look = async (): Promise<Holding | undefined> => await act('look', () => copyOf(board.get(key)));
		const first = await look();
		if (first === undefined || first.isReleased) return false;
		if (onlyReleased === true) return true;
		worker.note(`lease: watches ${key.slice(0, 6)}, held by ${first.holder}`);
		onWait?.();
		for (let looks = 0; looks < looksPerSilence; looks++) {
			await clock.sleep(silenceMs / looksPerSilence, signal);
			const now = await look();
			onLook?.();
			if (now === undefined || now.fence !== first.fence || now.isReleased)
				return await isHeldByOther(key, { onLook, signal });
			if (now.beat !== first.beat) return true;
		}
		return false;
	};

	const take = async (key: string, options: TakeOptions): Promise<Lease | 'held'> => {
		for (;;) {
			const seen = await act('look', () => board.get(key)?.fence ?? 0);
			if (await isHeldByOther(key, options)) return 'held';
			const own = await act('create', () => {
				const now = board.get(key);
				if ((now?.fence ?? 0) !== seen) return undefined;
				const isForgettable = now === undefined || (now.fence === 1 && now.isReleased);
				const created = { fence: seen + 1, beat: 0, isReleased: false, isForgettable, holder: worker.name };
				if (now !== undefined && !now.isReleased) faults.onTakeover?.(now.holder, key);
				board.set(key, created);
				worker.note(`lease: takes ${key.slice(0, 6)}, fence ${created.fence}`);
				return created;
			});
			if (own !== undefined) return hold(key, own);
		}
	};

	const hold = (key: string, own: Holding): Lease => {
		const heart = new AbortController();
		const beat = async (): Promise<void> => {
			while (!heart.signal.aborted) {
				await clock.sleep(beatMs, heart.signal).catch(() => undefined);
				if (!heart.signal.aborted) await act('beat', () => own.beat++).catch(() => undefined);
			}
		};
		void beat();
		return {
			fence: own.fence,
			isHeld: async () => await act('check', () => board.get(key) === own && !own.isReleased),
			release: async ({ forget = false } = {}) => {
				heart.abort();
				await act('release', () => void (own.isReleased = true)).catch(() => undefined);
				if (!forget || !own.isForgettable) return;
				const remove = (): void => void (board.get(key) === own && board.delete(key));
				await act('forget', remove).catch(() => undefined);
			},
		};
	};

	return { take: async (key, options = {}) => await take(key, options) };
}

function copyOf(holding: Holding | undefined): Holding | undefined {
	return holding && { ...holding };
}

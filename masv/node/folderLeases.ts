import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import type { Clock } from '../clock';
import { throwIfCancelled } from '../errors';
import { pause } from '../pause';
import type { Lease, Leases } from '../transfer/lease';
import { LeasePlace } from './leasePlace';
import { removeOldFilesDaily } from './removeOldFiles';
import type { LeaseTimes } from './watchHolder';
import { isReleased, watchHolder } from './watchHolder';

/** A few signs of life may be lost to a busy process or a slow network disk before its lease is. */
const defaultLeaseTimes: LeaseTimes = { beatMs: 5_000, silenceMs: 30_000 };

/** What is in the file of a generation. Written as a whole by its holder, who alone writes to it. */
interface Sign {
	holder: string;
	/** Another number in each sign of life. */
	beat: number;
	released: boolean;
}

export interface FolderLeases extends Leases {
	/**
	 * Removes all files of a key unless somebody has the lease, or had it and died. For keys that are used once: their fencing
	 * numbers start again.
	 */
	forget(key: string): Promise<void>;
}

/**
 * Leases in a folder, which several processes and machines may share. Each holder of a key has a file of its own,
 * `<key>.lease/<generation>`; the highest generation holds the lease. It relies on nothing but exclusive creation (`O_EXCL`):
 * a generation is taken over by creating the next one, so of several who want it exactly one succeeds, and nothing is ever
 * renamed or taken out of somebody's hands. A holder that wakes up late finds a higher generation than its own.
 *
 * A week after its last sign, a lease is removed with the records that belong to it, and the generations start again. A holder that
 * slept for so long finds another holder's file under its number.
 */
export function folderLeases(
	folder: string,
	clock: Pick<Clock, 'sleep'>,
	times: LeaseTimes = defaultLeaseTimes,
): FolderLeases {
	const placeOf = (key: string): LeasePlace => new LeasePlace(join(folder, `${key}.lease`));
	return {
		take: async (key, options = {}) => {
			removeOldFilesDaily(folder, clock);
			const place = placeOf(key);
			const { signal, onlyReleased, onLook } = options;
			let { onWait } = options;
			const onFirstWait = (): void => {
				onWait?.();
				onWait = undefined;
			};
			for (;;) {
				throwIfCancelled(signal);
				const highest = await place.highest();
				const watch = { signal, onlyReleased, onWait: onFirstWait, onLook };
				const { state, lastSign } =
					highest === 0 ? { state: 'new' } : await watchHolder(place, highest, clock, times, watch);
				if (state === 'held') return 'held';
				const isForgettable = state === 'new' || (state === 'released' && highest === 1);
				const next = { generation: highest + 1, isForgettable, lastSign };
				const lease = state === 'gone' ? undefined : await begin(place, next, clock, times);
				if (lease !== undefined) return lease;
				// Somebody else was first. Without a pause, this would never rest on a disk that lists what it cannot open.
				await pause(clock, times.beatMs / 10, signal);
			}
		},
		forget: async (key) => {
			const place = placeOf(key);
			const highest = await place.highest();
			if (!isReleased((await place.look(highest)) ?? '')) return;
			await place.removeUpTo(highest);
			await place.removeFolder();
		},
	};
}

/**
 * Becomes the holder of a generation. Undefined: somebody else is, or was before.
 * @param next `isForgettable`: whether no earlier holder may wake up; `lastSign`: of the generation before, if there was one
 */
async function begin(
	place: LeasePlace,
	{ generation, isForgettable, lastSign }: { generation: number; isForgettable: boolean; lastSign?: string },
	clock: Pick<Clock, 'sleep'>,
	{ beatMs }: LeaseTimes,
): Promise<Lease | undefined> {
	const sign: Sign = { holder: randomUUID(), beat: 0, released: false };
	if (!(await place.create(generation, JSON.stringify(sign)))) return undefined;
	const heart = new AbortController();
	/** One after another, so that a sign of life that takes long cannot replace the release. */
	let written: Promise<void> = Promise.resolve();
	const write = async (change: Partial<Sign>): Promise<void> => {
		written = written.then(async () => {
			Object.assign(sign, change);
			// A sign that cannot be written costs nothing; if none can, the lease is lost, and isHeld notices.
			await place.overwrite(generation, sign.holder, JSON.stringify(sign)).catch(() => undefined);
		});
		await written;
	};
	const lease: Lease = {
		fence: generation,
		isHeld: async () => {
			if (heart.signal.aborted) return false;
			const highest = await place.highest();
			if (highest === generation) {
				const own = await place.read(generation);
				if (own !== undefined) return own.includes(sign.holder);
			}
			// Without any file, nobody has taken over: the folder was removed. Whoever takes the lease now is seen here.
			return (await place.highest()) === 0;
		},
		release: async ({ forget = false } = {}) => {
			heart.abort();
			await write({ released: true });
			if (forget && isForgettable) await removeOnly(place, generation, sign.holder).catch(() => undefined);
		},
	};
	try {
		if (!(await isNext(place, generation, lastSign))) return undefined;
	} catch (error) {
		await lease.release();
		throw error;
	}
	await place.removeUpTo(generation - 1).catch(() => undefined);
	void beat(clock, beatMs, heart.signal, async () => await write({ beat: sign.beat + 1 }));
	return lease;
}

/**
 * Removes a generation, if it is of this holder, and the folder, if there is no other. After a take-over, a holder that
 * wakes up must find its successor. A generation that is created meanwhile finds out, see {@link isNext}.
 */
async function removeOnly(place: LeasePlace, generation: number, holder: string): Promise<void> {
	if ((await place.read(generation))?.includes(holder) !== true) return;
	await place.remove(generation);
	await place.removeFolder();
}

/**
 * Whether a generation that was just created follows the one that was found before. Between the two, others may have had this
 * generation and higher ones, or the key may have been forgotten and begun again: then the live holder has a lower number, perhaps
 * that of the one that was found.
 */
async function isNext(place: LeasePlace, generation: number, lastSign: string | undefined): Promise<boolean> {
	if ((await place.highest()) !== generation) return false;
	if (generation === 1 || (await place.look(generation - 1)) === lastSign) return true;
	await place.remove(generation);
	return false;
}

/** Gives signs of life until told to stop. */
async function beat(
	clock: Pick<Clock, 'sleep'>,
	everyMs: number,
	signal: AbortSignal,
	give: () => Promise<void>,
): Promise<void> {
	while (!signal.aborted) {
		await clock.sleep(everyMs, signal).catch(() => undefined);
		if (!signal.aborted) await give();
	}
}

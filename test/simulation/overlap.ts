import type { Delivery, SentFile } from './delivery';
import type { Dice } from './dice';
import type { Disk } from './disk';

/**
 * A second delivery to the same package, at the same time, of some files of the first and one of its own: two workflows that
 * upload from one folder. The shared files do not change, so that it does not matter which of the two has sent them.
 */
export function chooseOverlapping(dice: Dice, disk: Disk, deliveries: readonly Delivery[]): Delivery | undefined {
	const [first, ...others] = deliveries;
	if (first?.kind !== 'add' || others.length > 0 || first.files.some(({ kind }) => kind === 'memory')) return undefined;
	if (!dice.chance(0.25)) return undefined;
	const shared = first.files.filter(() => dice.chance(0.7));
	if (shared.length === 0) shared.push(first.files[0] as SentFile);
	for (const sent of shared) sent.isShared = true;
	const own: SentFile = { file: disk.create('disk:/1/own.mov', 70_000), name: 'own.mov', path: '', kind: 'disk' };
	const isSubset = shared.length < first.files.length && dice.chance(0.3);
	return {
		...first,
		name: 'D2',
		files: isSubset ? shared : [...shared, own],
		ifRunning: dice.pick(['fail', 'fail', 'wait']),
		parallelParts: dice.pick([1, 3, 8]),
		startMs: dice.pick([0, dice.between(0, 3_000), dice.between(0, 60_000)]),
	};
}

/** Whether two deliveries send a file to the same place. */
export function doOverlap(one: Delivery, other: Delivery): boolean {
	return one === other || one.files.some((sent) => sent.isShared === true && other.files.includes(sent));
}

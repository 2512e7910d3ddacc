import type { Delivery, SentFile } from './delivery';
import type { Dice } from './dice';
import type { Disk, DiskFile } from './disk';
import { currentOf } from './disk';
import { placeOf } from './server/model';

/**
 * A second delivery to the same package, at the same time, to some places of the first and to one of its own: two workflows
 * that upload the same files, copies of them in another folder, or other files of the same names.
 */
export function chooseOverlapping(dice: Dice, disk: Disk, deliveries: readonly Delivery[]): Delivery | undefined {
	const [first, ...others] = deliveries;
	if (first?.kind !== 'add' || others.length > 0 || first.files.some(({ kind }) => kind === 'memory')) return undefined;
	if (!dice.chance(0.5)) return undefined;
	const chosen = first.files.filter(() => dice.chance(0.7));
	if (chosen.length === 0) chosen.push(first.files[0] as SentFile);
	const shared = chosen.map((sent) => ({ ...sent, file: sameOrOther(dice, disk, sent) }));
	const own: SentFile = { file: disk.create('disk:/1/own.mov', 70_000), name: 'own.mov', path: '', kind: 'disk' };
	const isSubset = shared.length < first.files.length && dice.chance(0.3);
	return {
		...first,
		name: 'D2',
		tree: undefined,
		files: isSubset ? shared : [...shared, own],
		ifRunning: dice.pick(['fail', 'fail', 'wait']),
		parallelParts: dice.pick([1, 3, 8]),
		startMs: dice.pick([0, dice.between(0, 3_000), dice.between(0, 60_000)]),
	};
}

function sameOrOther(dice: Dice, disk: Disk, { file, kind }: SentFile): DiskFile {
	const location = `${kind}:/1/${file.location}`;
	switch (dice.pick(['same', 'same', 'same', 'copy', 'other'])) {
		case 'copy':
			return disk.copy(file, location);
		case 'other':
			return disk.create(location, dice.pick([currentOf(file).content.length, 12_345]));
		default:
			return file;
	}
}

/** Whether two deliveries send a file to the same place. */
export function doOverlap(one: Delivery, other: Delivery): boolean {
	if (one === other) return true;
	if (one.packageId === undefined || one.packageId !== other.packageId) return false;
	const places = new Set(one.files.map((sent) => placeOf(sent)));
	return other.files.some((sent) => places.has(placeOf(sent)));
}

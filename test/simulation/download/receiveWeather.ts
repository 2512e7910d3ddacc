import type { Dice } from '../dice';
import type { Weather } from '../weather';
import { calm, chooseWeather } from '../weather';
import type { ReceiveHabits } from './receiveHabits';
import { canSeeDamage } from './receiveHabits';
import type { ContentFault } from './storage';

/** The faults of one run. */
export interface ReceiveWeather extends Weather {
	/** Share of the answers of the storage that something is wrong with. */
	content: number;
	contentFaults: ContentFault[];
	/** Share of the calls of the disk that fail. */
	disk: number;
	diskCode: string;
	/** Share of the calls of the disk that take minutes. */
	stalls: number;
	freeBytes: number | undefined;
}

const always: ContentFault[] = [
	'refused',
	'lost',
	'lost',
	'lost',
	'ends early',
	'unavailable',
	'slow down',
	'expired',
	'expired',
	'range ignored',
	'other range',
	'wrong length',
	'wrong total',
	'unsatisfiable',
	'other version',
	'redirect',
	'encoded',
	'too much',
];

const bright = { content: 0, contentFaults: [], disk: 0, diskCode: '', stalls: 0, freeBytes: undefined };
export const calmReceive: ReceiveWeather = { ...calm, ...bright };

export function chooseReceiveWeather(
	dice: Dice,
	nowMs: number,
	habits: ReceiveHabits,
	verifies: boolean,
): ReceiveWeather {
	const weather = chooseWeather(dice, nowMs, false);
	const own = dice.fork('receive');
	const faults: ContentFault[] = [...always];
	if (verifies && canSeeDamage(habits)) faults.push('damaged', 'damaged');
	// Without a length and an ETag, nothing tells a page from the content.
	if (habits.tellsLength) faults.push('page');
	return {
		...weather,
		content: own.pick([0, 0.03, 0.1, 0.3]),
		contentFaults: own.chance(0.5) ? faults : [own.pick(faults)],
		disk: own.chance(0.2) ? own.pick([0.003, 0.02, 0.1]) : 0,
		diskCode: own.pick(['ENOSPC', 'EIO', 'EROFS', 'ESTALE', 'EACCES']),
		stalls: own.chance(0.15) ? own.pick([0.003, 0.03]) : 0,
		freeBytes: own.pick([undefined, 1e9, 1e9, 5_000]),
	};
}

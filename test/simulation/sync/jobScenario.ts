import type { Dice } from '../dice';
import { calm, chooseWeather } from '../weather';
import type { Fate } from '../worker';
import type { Job, JobWeather } from './job';

/** One job, or two of different workflows that send the same folder. */
export function chooseJobs(dice: Dice): Job[] {
	const count = dice.chance(0.15) ? 2 : 1;
	return Array.from({ length: count }, (_, index) => ({
		name: `J${index + 1}`,
		recipient: 'a@example.com',
		wantsLink: dice.chance(0.2),
		per: dice.pick(['run', 'run', 'folder', 'file']),
		sendMoved: dice.chance(0.2),
		touchedFiles: dice.fork(`touched ${index}`).chance(0.15) ? 'send' : 'compare',
		firstRun: dice.chance(0.2) ? 'mark' : 'send',
		waitMs: dice.pick([60_000, 60_000, 10_000, 0]),
		ifRunning: dice.pick(['skip', 'skip', 'wait', 'fail']),
		unfinished: dice.chance(0.1) ? 'delete' : 'keep',
		// What one job moves, the other one cannot send.
		after: count > 1 ? 'keep' : dice.pick(['keep', 'keep', 'move', 'delete']),
		hasOtherAfter: false,
		isRemembered: dice.chance(0.7),
		memory: new Map(),
	}));
}

export const calmJob: JobWeather = { ...calm, ledger: 0 };

export function chooseJobWeather(dice: Dice, nowMs: number, canDamage: boolean): JobWeather {
	const ledger = dice.fork('ledger');
	const share = ledger.chance(0.1) ? ledger.pick([0.02, 0.1, 1]) : 0;
	return { ...chooseWeather(dice, nowMs, canDamage), ledger: share };
}

const fatefulKinds = [
	'ledger append',
	'ledger append',
	'ledger append',
	'ledger open',
	'list folder',
	'clear file',
	'look',
	'create package',
	'add file',
	'put part',
	'finalize file',
	'finalize package',
	'finalize package',
	'journal append',
	'journal open',
	'lease create',
	'lease check',
	'lease release',
	'create link',
];

const fateKinds = ['dies', 'dies', 'loses power', 'freezes', 'freezes', 'is stopped', undefined, undefined] as const;

/** What befalls the worker of a run while things go wrong. */
export function chooseJobFates(dice: Dice): Fate[] {
	const kind = dice.pick(fateKinds);
	if (kind === undefined) return [];
	const isTargeted = dice.chance(0.75);
	const fate: Fate = {
		kind,
		effect: isTargeted ? dice.int(1, dice.pick([1, 3, 10])) : dice.int(1, dice.pick([20, 150])),
		of: isTargeted ? dice.pick(fatefulKinds) : undefined,
		ms: dice.between(20_000, dice.pick([60_000, 300_000, 1_200_000])),
	};
	if (kind !== 'freezes' || dice.chance(0.7)) return [fate];
	return [fate, { kind: 'dies', effect: dice.int(1, 150) }];
}

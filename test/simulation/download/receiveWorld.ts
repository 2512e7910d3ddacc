import { Dice } from '../dice';
import { JournalDisk } from '../simJournal';
import type { LeaseBoard } from '../simLeases';
import { Timeline } from '../timeline';
import { FetchLedger } from './fetchLedger';
import { FileSystem } from './fileSystem';
import { Masv } from './masv';
import { ReceiveJudge } from './receiveJudge';
import type { ReceiveHabits } from './receiveHabits';
import { chooseReceiveHabits } from './receiveHabits';

/** Everything outside of the workers. */
export interface ReceiveWorld {
	dice: Dice;
	timeline: Timeline;
	habits: ReceiveHabits;
	masv: Masv;
	disk: FileSystem;
	journal: JournalDisk;
	leases: LeaseBoard;
	judge: ReceiveJudge;
	ledger: FetchLedger;
}

export function createReceiveWorld(seed: number): ReceiveWorld {
	const dice = new Dice(seed).fork('downloads');
	const timeline = new Timeline();
	const habits = chooseReceiveHabits(dice.fork('habits'));
	const masv = new Masv(habits, dice.fork('masv'), timeline);
	const disk = new FileSystem(timeline);
	const journal = new JournalDisk();
	const judge = new ReceiveJudge(timeline, disk);
	timeline.note(
		'server',
		Object.entries(habits)
			.map(([name, value]) => `${name}=${value}`)
			.join(', '),
	);
	const ledger = new FetchLedger(timeline, habits, disk, (text) => judge.fail('no byte twice', text));
	return { dice, timeline, habits, masv, disk, journal, leases: new Map(), judge, ledger };
}

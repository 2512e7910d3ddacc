import { Dice } from './dice';
import { Disk } from './disk';
import { Judge } from './judge';
import type { Habits } from './server/habits';
import { chooseHabits, describeHabits } from './server/habits';
import { ServerState } from './server/state';
import { JournalDisk } from './simJournal';
import type { LeaseBoard } from './simLeases';
import { Timeline } from './timeline';

/** Everything outside of the workers. */
export interface World {
	dice: Dice;
	timeline: Timeline;
	habits: Habits;
	server: ServerState;
	disk: Disk;
	journal: JournalDisk;
	leases: LeaseBoard;
	judge: Judge;
}

export function createWorld(seed: number): World {
	const dice = new Dice(seed);
	const timeline = new Timeline();
	const now = (): number => timeline.nowMs;
	const habits = chooseHabits(dice.fork('habits'));
	const journal = new JournalDisk();
	const leases: LeaseBoard = new Map();
	const judge = new Judge(journal, leases, habits, timeline);
	timeline.note('server', describeHabits(habits));
	return {
		dice,
		timeline,
		habits,
		server: new ServerState(habits, dice.fork('server'), timeline, judge),
		disk: new Disk(now),
		journal,
		leases,
		judge,
	};
}

import { Dice } from '../dice';
import type { Habits } from '../server/habits';
import { chooseHabits, describeHabits } from '../server/habits';
import { ServerState } from '../server/state';
import { JournalDisk } from '../simJournal';
import type { LeaseBoard } from '../simLeases';
import { Timeline } from '../timeline';
import { FolderLife } from './folderLife';
import { JobJudge } from './jobJudge';
import { SyncFolder } from './syncFolder';

/** Everything outside of the workers. */
export interface JobWorld {
	dice: Dice;
	timeline: Timeline;
	habits: Habits;
	server: ServerState;
	folder: SyncFolder;
	life: FolderLife;
	journal: JournalDisk;
	ledgers: JournalDisk;
	leases: LeaseBoard;
	judge: JobJudge;
}

export function createJobWorld(seed: number): JobWorld {
	const dice = new Dice(seed).fork('jobs');
	const timeline = new Timeline();
	const habits = chooseHabits(dice.fork('habits'));
	const folder = new SyncFolder(timeline);
	const life = new FolderLife(folder, timeline, dice.fork('life'));
	const disks = { journal: new JournalDisk(), ledgers: new JournalDisk() };
	const judge = new JobJudge(timeline, folder, life, disks.journal);
	timeline.note('server', describeHabits(habits));
	const server = new ServerState(habits, dice.fork('server'), timeline, judge);
	judge.server = server;
	return { dice, timeline, habits, server, folder, life, ...disks, leases: new Map(), judge };
}

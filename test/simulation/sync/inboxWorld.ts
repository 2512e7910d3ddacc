import { Dice } from '../dice';
import { FileSystem } from '../download/fileSystem';
import { chooseReceiveHabits } from '../download/receiveHabits';
import { JournalDisk } from '../simJournal';
import type { LeaseBoard } from '../simLeases';
import { Timeline } from '../timeline';
import { chooseListHabits, Inbox } from './inbox';
import { InboxJudge } from './inboxJudge';

/** Everything outside of the workers. */
export interface InboxWorld {
	dice: Dice;
	timeline: Timeline;
	inbox: Inbox;
	disk: FileSystem;
	journal: JournalDisk;
	ledgers: JournalDisk;
	leases: LeaseBoard;
	judge: InboxJudge;
	/** Whether the disk fails, and people change what was received. */
	isFolderTroubled: boolean;
}

export function createInboxWorld(seed: number): InboxWorld {
	const dice = new Dice(seed).fork('inbox');
	const timeline = new Timeline();
	const lists = chooseListHabits(dice.fork('lists'));
	// Everything else about single downloads has a simulation of its own.
	const habits = { ...chooseReceiveHabits(dice.fork('habits')), staleMs: 0, accessLimit: Infinity };
	const inbox = new Inbox(habits, lists, dice.fork('server'), timeline);
	const disk = new FileSystem(timeline);
	const describe = (facts: object): string =>
		Object.entries(facts)
			.map(([name, value]) => `${name}=${value}`)
			.join(', ');
	timeline.note('server', describe({ ...lists, ...habits }));
	const judge = new InboxJudge(timeline, inbox, disk);
	const disks = { journal: new JournalDisk(), ledgers: new JournalDisk() };
	return {
		dice,
		timeline,
		inbox,
		disk,
		...disks,
		leases: new Map(),
		judge,
		isFolderTroubled: dice.fork('trouble').chance(0.4),
	};
}

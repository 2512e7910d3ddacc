import type { Dice } from '../dice';
import type { Job } from './job';
import type { JobWorld } from './jobWorld';

/** What people do to ledgers and workflows, and disks to ledgers. */
export function meddle({ ledgers, judge, timeline }: JobWorld, job: Job, dice: Dice): void {
	const note = (what: string): void => timeline.note('somebody', what);
	const kind = dice.pick([
		'delete',
		'truncate',
		'damage',
		'recipient',
		'after',
		'none',
		'none',
		'none',
		'none',
		'none',
	]);
	const [key, record] = dice.pick([...ledgers.records]) ?? [];
	if (kind === 'recipient') {
		job.recipient = `${timeline.count}@example.com`;
		note(`${job.name} gets another recipient`);
	} else if (kind === 'after' && job.after !== 'keep') {
		job.after = job.after === 'move' ? 'delete' : 'move';
		job.hasOtherAfter = true;
		note(`${job.name} is to ${job.after} files after sending`);
	}
	if (key === undefined || record === undefined) return;
	const { lines } = record;
	if (kind === 'delete') ledgers.records.delete(key);
	else if (kind === 'truncate') lines.length = dice.int(0, lines.length);
	else if (kind === 'damage' && lines.length > 0) lines.splice(dice.int(0, lines.length - 1), 1);
	else return;
	judge.lost();
	note(`the ledger ${key.slice(0, 6)}: ${kind}, ${lines.length} lines`);
}

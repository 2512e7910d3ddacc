/**
 * A process with a delivery: takes its lease, reports its process ID, the fencing number and the lines of its record, appends
 * one, and then does nothing until it is killed. The job comes as JSON in the first argument.
 */
import { folderJournal } from '../../masv/node/folderJournal';
import { folderLeases } from '../../masv/node/folderLeases';
import { systemClock } from '../../masv/node/systemClock';

interface Job {
	folder: string;
	line: object;
	beatMs: number;
	silenceMs: number;
}

async function main({ folder, line, beatMs, silenceMs }: Job): Promise<void> {
	const lease = await folderLeases(folder, systemClock, { beatMs, silenceMs }).take('key');
	if (typeof lease !== 'object') throw new Error(`The lease is ${lease}`);
	const record = await folderJournal(folder).open('key');
	await record.append(line);
	process.send?.({ pid: process.pid, fence: lease.fence, lines: record.lines });
}

void main(JSON.parse(process.argv[2] ?? '') as Job);

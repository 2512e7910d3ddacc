import { mkdir, open, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import type { Member } from './orders.ts';

/** Where and by whom a primitive is tried. */
export interface Attempt {
	/** Empty but for what other primitives have left. */
	folder: string;
	/** Processes: at least two. */
	crew: Member[];
}

export interface Primitive {
	name: string;
	/** What does not hold in a folder that cannot do this. Undefined: nothing that is shared relies on it. */
	without: string | undefined;
	/** @returns what was seen instead; undefined if the folder does it. What it throws was seen, too */
	tryIt: (attempt: Attempt) => Promise<string | undefined>;
}

/** Files that all processes want to create. */
const contested = 200;
/** Of a lease or a record, with room for the names that MASV gives. */
const neededNameBytes = 180;

const twice =
	'two executions may send or receive the same files at the same moment, and an event may start two executions';
const notResumed = 'a transfer that another process has begun may not be resumed but begun anew';

/** What leases, the journal, the ledgers and the memory of events rely on in a folder that processes share. */
export const primitives: Primitive[] = [
	{
		name: 'of several processes that create the same file, exactly one succeeds',
		without: twice,
		tryIt: async ({ folder, crew }) => {
			const files = names(contested).map((name) => join(folder, `created-${name}`));
			const created = (await atOnce(crew, (member) => member.tell({ do: 'create', files, text: 'x' }))).flat();
			return describeWinners(files, created);
		},
	},
	{
		name: 'what one process has written and closed, another one that opens the file reads',
		without: `${twice}; ${notResumed}`,
		tryIt: async ({ folder, crew }) => {
			const file = join(folder, 'read');
			for (let turn = 0; turn < contested; turn++) {
				const [writer, reader] = [at(crew, turn), at(crew, turn + 1)];
				await writer.tell({ do: 'append', file, lines: [`${turn}\n`] });
				const lines = (await reader.tell({ do: 'read', file })).trimEnd().split('\n');
				if (lines.at(-1) !== String(turn)) return `after line ${turn} was written, ${lines.length} lines were read`;
			}
			return undefined;
		},
	},
	{
		name: 'a file that one process has created is in the list that another one reads',
		without: twice,
		tryIt: async ({ folder, crew }) => {
			const place = join(folder, 'listed');
			await mkdir(place);
			for (const [turn, name] of names(contested).entries()) {
				await at(crew, turn).tell({ do: 'create', files: [join(place, name)], text: '' });
				if (!(await readdir(place)).includes(name)) return `file ${turn + 1} was not in it`;
			}
			return undefined;
		},
	},
	{
		name: 'a file that is replaced by a rename is there at any moment, as it was before or as it is after',
		without: 'a record that is written anew may be read while it is missing or cut off: files may be sent again',
		tryIt: async ({ folder, crew }) => {
			const file = join(folder, 'replaced');
			const texts = names(contested).map((name) => name.repeat(1000));
			const [writer] = crew;
			await writer?.tell({ do: 'replace', file, texts: texts.slice(0, 1) });
			const seen: string[] = [];
			await atOnce(crew, async (member) => {
				if (member === writer) await member.tell({ do: 'replace', file, texts });
				else seen.push(...(await member.tell({ do: 'readOften', file, times: contested * 2 })));
			});
			const odd = seen.find((text) => !texts.includes(text));
			return odd === undefined ? undefined : `a process has read ${odd.length} characters (${odd.slice(0, 20)})`;
		},
	},
	{
		name: 'inode, size and times of a file are the same for all processes, and do not change by themselves',
		without: `${notResumed}; a file that did not change may count as changed`,
		tryIt: async ({ folder, crew }) => {
			const file = join(folder, 'identified');
			await writeFile(file, 'x');
			const before = await atOnce(crew, (member) => member.tell({ do: 'identify', file }));
			await atOnce(crew, (member) => member.tell({ do: 'read', file }));
			const after = await atOnce(crew, (member) => member.tell({ do: 'identify', file }));
			const all = [...new Set([...before, ...after])];
			return all.length === 1 ? undefined : all.join(' and ');
		},
	},
	{
		name: 'a file that is removed while a process has it open is seen to be gone',
		without: 'what is recorded after somebody has removed the files of a running transfer is lost without a warning',
		tryIt: async ({ folder, crew }) => {
			const file = join(folder, 'removed');
			await writeFile(file, 'x');
			await at(crew, 0).tell({ do: 'hold', file });
			await at(crew, 1).tell({ do: 'remove', file });
			return (await at(crew, 0).tell({ do: 'hasName', file })) ? 'it still has a name' : undefined;
		},
	},
	{
		name: 'a folder that contains a file cannot be removed as an empty one',
		without: twice,
		tryIt: async ({ folder }) => {
			const place = join(folder, 'full');
			await mkdir(place);
			await writeFile(join(place, 'x'), '');
			const isRemoved = await rmdir(place).then(
				() => true,
				() => false,
			);
			return isRemoved ? 'it was removed' : undefined;
		},
	},
	{
		name: 'what was written can be forced to the disk',
		without: 'after a power failure, what was recorded may be lost: files may be sent again',
		tryIt: async ({ folder }) => await syncOf(join(folder, 'forced'), 'w'),
	},
	{
		name: `names of ${neededNameBytes} bytes`,
		without: 'transfers are not recorded, and therefore not resumed',
		tryIt: async ({ folder }) => await longNameIn(folder, neededNameBytes),
	},
	{
		name: 'names can be forced to the disk (where they cannot, a power failure may undo the last rename)',
		without: undefined,
		tryIt: async ({ folder }) => await syncOf(folder, 'r'),
	},
	{
		name: 'names that differ in case are different files (otherwise, received files with such names get numbers)',
		without: undefined,
		tryIt: async ({ folder, crew }) => {
			const files = ['case', 'CASE'].map((name) => join(folder, name));
			const created = await at(crew, 0).tell({ do: 'create', files, text: '' });
			return created.length === 2 ? undefined : 'they are the same file here';
		},
	},
	{
		name: 'received files can have names of 255 bytes',
		without: undefined,
		tryIt: async ({ folder }) => await longNameIn(folder, 255),
	},
];

/** @param created by all processes together @returns what is wrong if not each file was created by exactly one */
export function describeWinners(files: string[], created: string[]): string | undefined {
	const counts = files.map((file) => created.filter((each) => each === file).length);
	const several = counts.filter((count) => count > 1).length;
	const none = counts.filter((count) => count === 0).length;
	if (several > 0) return `${several} of ${files.length} files were created by several`;
	return none > 0 ? `${none} of ${files.length} files were created by none` : undefined;
}

async function longNameIn(folder: string, bytes: number): Promise<string | undefined> {
	const file = join(folder, 'n'.repeat(bytes));
	try {
		await writeFile(file, '');
		return (await readdir(folder)).includes(basename(file)) ? undefined : 'the name was changed';
	} finally {
		await rm(file, { force: true });
	}
}

async function syncOf(path: string, flags: string): Promise<undefined> {
	const handle = await open(path, flags);
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}

function names(count: number): string[] {
	return Array.from({ length: count }, (_, index) => String(index).padStart(4, '0'));
}

function at(crew: Member[], index: number): Member {
	return crew[index % crew.length] as Member;
}

/** Ends when all have ended, also if one fails: the next order would get the report of this one. */
async function atOnce<T>(crew: Member[], work: (member: Member, index: number) => Promise<T>): Promise<T[]> {
	const working = crew.map(work);
	await Promise.allSettled(working);
	return await Promise.all(working);
}

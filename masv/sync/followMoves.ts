import type { Clock } from '../clock';
import { inTurns } from '../inTurns';
import { LongMap, LongSet } from '../longCollections';
import { filesPerLine } from './compactLedger';
import type { Decision } from './decideFiles';
import type { LedgerBook } from './ledgerBook';
import type { LedgerFile } from './ledgerLines';
import type { SendNewRequest } from './sendNewRequest';

/**
 * Enters which files someone has moved since they were sent. If one is still at its old place, it has a second name, which is new.
 * Another file may have taken the place.
 * @returns how many; if any, the decision is out of date
 */
export async function followMoves(
	{ known }: { known: ReadonlyArray<Pick<Decision['known'][number], 'from' | 'file'>> },
	{ isThere }: Pick<SendNewRequest, 'isThere'>,
	book: LedgerBook,
	clock: Pick<Clock, 'sleep'>,
): Promise<number> {
	const moves = new LongMap<string, LedgerFile>();
	const places = new LongSet<string>();
	for (const { file, from } of known) {
		// Paths that overlap list a file more than once.
		if (places.has(file.location)) continue;
		const left = from.filter(({ location }) => !moves.has(location));
		const origin = await findGone(left, isThere);
		if (origin === undefined) continue;
		moves.set(origin.location, file);
		places.add(file.location);
	}
	if (moves.size === 0) return 0;
	const lines = await linesOf(moves, clock);
	for (const files of lines) await book.write({ kind: 'moved', files }, { durable: files === lines.at(-1) });
	return moves.size;
}

interface Move {
	from: string;
	to: LedgerFile;
}

/**
 * Someone may have renamed a folder of 100,000 files. Files that have taken each other's places are in the same line: one after the
 * other, they would be lost.
 */
async function linesOf(moves: ReadonlyMap<string, LedgerFile>, clock: Pick<Clock, 'sleep'>): Promise<Move[][]> {
	const left = new LongMap<string, LedgerFile>();
	const taken = new LongSet<string>();
	await inTurns(moves, clock, ([from, to]) => {
		left.set(from, to);
		taken.add(to.location);
	});
	const lines: Move[][] = [];
	let line: Move[] = [];
	const follow = (first: string): void => {
		for (
			let [from, to] = [first, left.get(first)];
			to !== undefined;
			[from, to] = [to.location, left.get(to.location)]
		) {
			left.delete(from);
			line.push({ from, to });
		}
		if (line.length < filesPerLine) return;
		lines.push(line);
		line = [];
	};
	await inTurns(moves.keys(), clock, (from) => {
		if (!taken.has(from)) follow(from);
	});
	// What is left after the rows are rings.
	await inTurns(moves.keys(), clock, follow);
	if (line.length > 0) lines.push(line);
	return lines;
}

async function findGone(
	files: readonly LedgerFile[],
	isThere: SendNewRequest['isThere'],
): Promise<LedgerFile | undefined> {
	for (const file of files) if (!(await isThere(file))) return file;
	return undefined;
}

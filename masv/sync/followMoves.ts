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
	const lines = [...linesOf(moves)];
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
function* linesOf(moves: ReadonlyMap<string, LedgerFile>): Generator<Move[]> {
	const left = new Map(moves);
	const taken = new Set([...moves.values()].map(({ location }) => location));
	const firstOfRow = [...moves.keys()].filter((from) => !taken.has(from));
	let line: Move[] = [];
	// What is left after the rows are rings.
	for (const first of [...firstOfRow, ...moves.keys()]) {
		for (
			let [from, to] = [first, left.get(first)];
			to !== undefined;
			[from, to] = [to.location, left.get(to.location)]
		) {
			left.delete(from);
			line.push({ from, to });
		}
		if (line.length < filesPerLine) continue;
		yield line;
		line = [];
	}
	if (line.length > 0) yield line;
}

async function findGone(
	files: readonly LedgerFile[],
	isThere: SendNewRequest['isThere'],
): Promise<LedgerFile | undefined> {
	for (const file of files) if (!(await isThere(file))) return file;
	return undefined;
}

import { LongMap, LongSet } from '../longCollections';
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
	const moved = [...moves].map(([from, to]) => ({ from, to }));
	await book.write({ kind: 'moved', files: moved }, { durable: true });
	return moved.length;
}

async function findGone(
	files: readonly LedgerFile[],
	isThere: SendNewRequest['isThere'],
): Promise<LedgerFile | undefined> {
	for (const file of files) if (!(await isThere(file))) return file;
	return undefined;
}

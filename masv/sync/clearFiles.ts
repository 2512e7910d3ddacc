import type { MasvClient } from '../client';
import { throwIfCancelled } from '../errors';
import type { LedgerBook } from './ledgerBook';
import type { LedgerFile } from './ledgerLines';
import type { AfterSending, LeftInPlace } from './sendNewRequest';

/**
 * Moves or deletes the files of a delivery that was sent. What cannot be done now is tried again by the next run.
 * @throws MasvCancelledError; MasvError `delivery_taken_over`
 */
export async function clearFiles(
	{ signal }: Pick<MasvClient, 'signal'>,
	book: LedgerBook,
	delivery: string,
	after: AfterSending,
	files: readonly LedgerFile[],
): Promise<LeftInPlace[]> {
	const left: LeftInPlace[] = [];
	let isOver = true;
	for (const file of files) {
		throwIfCancelled(signal);
		await book.check();
		const why = await after.clear(file);
		if (why === undefined) continue;
		isOver &&= why.isFinal;
		left.push({ path: file.location, reason: why.reason });
	}
	if (isOver) await book.write({ kind: 'cleared', delivery });
	return left;
}

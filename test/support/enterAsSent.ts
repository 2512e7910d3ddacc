import type { LedgerBook } from '../../masv/sync/ledgerBook';
import type { LedgerFile } from '../../masv/sync/ledgerLines';
import type { ContentSum } from '../../masv/upload/contentSum';

/** Enters files in a ledger as if they had been sent with one package. */
export async function enterAsSent(
	book: LedgerBook,
	files: readonly LedgerFile[],
	sumOf: (file: LedgerFile) => ContentSum,
): Promise<void> {
	await book.plan('D1', files);
	const delivery = { delivery: 'D1', key: 'K', target: 'T', name: '', files: files.length };
	await book.write({ kind: 'sending', ...delivery });
	await book.enterSums('D1', files.map(sumOf));
	await book.write({ kind: 'sent', delivery: 'D1', package: 'P', at: 0 });
}

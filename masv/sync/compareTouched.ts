import type { MasvClient } from '../client';
import { MasvError } from '../errors';
import { LongMap } from '../longCollections';
import { createBufferPool } from '../transfer/bufferPool';
import { createProgressMeter } from '../transfer/progress';
import type { FileSource } from '../transfer/source';
import { checkUnchanged, compareStamps } from '../transfer/unchanged';
import type { UntilAborted } from '../untilAborted';
import { untilAborted } from '../untilAborted';
import type { ContentSum, SumReads } from '../upload/contentSum';
import { readContentSum } from '../upload/contentSum';
import { whileWanted } from '../upload/openOnDisk';
import { openSource } from '../upload/openSource';
import { pieceBytes } from '../upload/slots';
import { createLimit, forEachParallel } from '../workers';
import type { Attempts } from './attempts';
import { inTurn } from './attempts';
import { filesPerLine } from './compactLedger';
import type { Decision } from './decideFiles';
import type { LedgerBook } from './ledgerBook';
import type { LedgerFile } from './ledgerLines';
import type { SendNewRequest } from './sendNewRequest';

/** Enough for a network drive, where most of the time is waiting. More would only wait for the processor, which computes the sums. */
const parallelReads = 4;

/** Smaller files share a line of the ledger. A run that dies before it is written has them read again. */
const maxReadAgain = 1024 * 1024;

type Verdict = 'same' | 'changed' | 'changing';

/** What has become of files that seemed to have changed. Those that could not be read are failures. */
interface TouchedFiles {
	/** How many have the content that was sent. */
	unchanged: number;
	changed: LedgerFile[];
	/** They were being written while they were read. */
	changing: LedgerFile[];
}

/**
 * Reads files that have other times than what was sent, and compares their content by its sum: a file that was restored, or copied
 * without its times, is read instead of sent. One that has not changed is entered with its new times, so that the next run need
 * not read it.
 * @throws MasvCancelledError; MasvError `delivery_taken_over`
 */
export async function compareTouched(
	client: MasvClient,
	request: Pick<SendNewRequest, 'toSource' | 'onProgress' | 'progressEveryMs'>,
	book: LedgerBook,
	touched: Decision['touched'],
	attempts: Attempts,
): Promise<TouchedFiles> {
	if (touched.length === 0) return { unchanged: 0, changed: [], changing: [] };
	const bytes = touched.reduce((sum, { file }) => sum + file.bytes, 0);
	const total = { bytes, files: touched.length };
	const meter = createProgressMeter(client.clock, total, request.onProgress, request.progressEveryMs ?? 10_000);
	meter.toCheck(bytes);
	const buffers = createBufferPool(() => pieceBytes);
	const reads: SumReads = { limit: createLimit(parallelReads), buffers, onRead: (read) => meter.checked(read) };
	const wait = untilAborted(client.signal);
	const verdicts = new LongMap<LedgerFile, Verdict>();
	/** Unchanged, and not in the ledger yet. */
	let found: LedgerFile[] = [];
	const enter = async (): Promise<void> => {
		const files = found;
		found = [];
		if (files.length > 0) await book.write({ kind: 'touched', files });
	};
	const settle = async ({ sum, file }: Decision['touched'][number]): Promise<void> => {
		const verdict = await compare(client, request.toSource(file), sum, reads, wait);
		verdicts.set(file, verdict);
		if (verdict !== 'same') return;
		meter.skip(file.bytes);
		meter.fileDone();
		found.push(file);
		if (found.length >= filesPerLine || file.bytes > maxReadAgain) await enter();
	};
	const attempt = attempts.series('touched files in a row could not be compared');
	const work = async (each: Decision['touched'][number]): Promise<void> =>
		await attempt([each.file], async () => await settle(each));
	await forEachParallel(inTurn(client, touched), parallelReads, work, client.signal);
	await enter();
	const filesThatAre = (verdict: Verdict): LedgerFile[] =>
		touched.map(({ file }) => file).filter((file) => verdicts.get(file) === verdict);
	return {
		unchanged: filesThatAre('same').length,
		changed: filesThatAre('changed'),
		changing: filesThatAre('changing'),
	};
}

async function compare(
	client: MasvClient,
	source: FileSource,
	sum: ContentSum,
	reads: SumReads,
	wait: UntilAborted,
): Promise<Verdict> {
	if (source.kind === 'stream') return 'changed';
	const reader = await openSource(whileWanted(wait, source));
	try {
		// Network drives may number a file anew whenever they are asked. What it contains now is compared.
		await checkUnchanged(source, reader);
		const before = await reader.look();
		const now = await readContentSum(client, source, reader, sum, reads);
		if (compareStamps(before, await reader.look()) !== 'same') return 'changing';
		return now === sum ? 'same' : 'changed';
	} catch (error) {
		if (error instanceof MasvError && error.code === 'file_changed') return 'changing';
		throw error;
	} finally {
		reader.close();
	}
}

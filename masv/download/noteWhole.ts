import type { OpenSink } from '../transfer/sink';
import type { DownloadRun, FileToDownload } from './downloadRun';
import type { Received } from './receive';
import type { Verdict } from './verify';
import { contentSumOf, isCertain } from './verify';

/**
 * Notes the checksum of a file that is whole, so that a later run sees whether somebody has changed it. Never fails: the file is
 * whole.
 */
export async function noteWhole(
	run: DownloadRun,
	file: FileToDownload,
	sink: OpenSink,
	received: Received,
	{ kind }: Verdict,
): Promise<void> {
	const { notebook, checks } = run;
	const sum = contentSumOf(run, file, received);
	const isTrusted = sum !== undefined && (kind === 'verified' || isCertain(sum) || checks.partSums === 'proven');
	if (notebook === undefined || !isTrusted) return;
	const stamp = await sink.stamp?.().catch(() => undefined);
	if (stamp === undefined) return;
	// Written before the record is closed. Nothing waits for it: with thousands of small files, that would take long.
	void notebook.write({ kind: 'whole', file: file.id, stamp, ...sum }).catch(() => undefined);
}

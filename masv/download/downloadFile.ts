import { MasvTransferError } from '../errors';
import { labelOf } from '../transfer/places';
import type { OpenSink } from '../transfer/sink';
import { untilAborted } from '../untilAborted';
import { createAddress } from './addresses';
import { BeginAgain } from './answer';
import type { DownloadedFile, DownloadRun, FileToDownload } from './downloadRun';
import type { FileNote } from './notes';
import { noteWhole } from './noteWhole';
import { discardStream } from './orderedStream';
import type { Received } from './receive';
import { receive } from './receive';
import type { Verdict } from './verify';
import { noteUnknownParts, verify } from './verify';

/** How often a file may be received from the beginning. */
const maxBegins = 3;

/**
 * Downloads one file into its sink. It gets its final name only when it is whole, and its content is that of one version. What is
 * received is noted, so that the next run goes on where this one ended.
 * @throws MasvTransferError, MasvApiError, MasvConnectionError, MasvCancelledError
 */
export async function downloadFile(run: DownloadRun, file: FileToDownload): Promise<DownloadedFile> {
	const { clock, signal } = run.client;
	const startedAt = clock.now();
	// Another run may be writing the partial file.
	await run.guard.check();
	const sink = await file.sink.open(run.guard);
	try {
		const { received, verdict } = file.bytes === 0 ? nothing : await receiveVerified(run, file, sink);
		const { bytes } = received.version;
		await run.guard.check();
		const location = await sink.finish({ bytes, modifiedAt: file.modifiedAt, signal });
		await noteWhole(run, file, sink, received, verdict);
		run.meter.fileDone();
		return {
			id: file.id,
			name: file.name,
			path: file.path,
			size: bytes,
			location,
			md5: verdict.md5,
			verified: verdict.kind === 'verified',
			resumed_bytes: received.resumedBytes,
			retried_ranges: received.retriedRanges,
			duration_ms: clock.now() - startedAt,
		};
	} finally {
		await sink.close();
	}
}

/** An empty file needs no request. */
const nothing: { received: Received; verdict: Verdict } = {
	received: {
		version: { bytes: 0, etag: undefined, lastModified: undefined },
		sums: new Map(),
		isHidden: false,
		resumedBytes: 0,
		retriedRanges: 0,
	},
	verdict: { kind: 'unknown', md5: null },
};

async function receiveVerified(
	run: DownloadRun,
	file: FileToDownload,
	sink: OpenSink,
): Promise<{ received: Received; verdict: Verdict }> {
	const address = createAddress(file.address);
	const isStream = sink.windowBytes !== undefined;
	let isWhole = false;
	/** The checksum of content that did not match the ETag. */
	let damaged: string | undefined;
	for (let begins = 1; ; begins++) {
		const meter = countingMeter(run);
		try {
			const note = begins === 1 ? await usableNote(run, file, sink) : undefined;
			const isHashed = damaged !== undefined;
			if (note === undefined) {
				await run.guard.check();
				await sink.restart?.();
			}
			// What a stream has handed over cannot be taken back, but content that arrives again shows whether it was damaged.
			const isDiscarded = isStream && damaged !== undefined;
			const into = isDiscarded ? await discardStream(labelOf(file), sink.windowBytes ?? 0) : sink;
			const options = { isWhole, note, isHashed };
			const received = await receive({ ...run, meter }, file, into, address, options);
			const verdict = await verify(run, file, sink, received, isHashed);
			if (verdict.kind !== 'damaged') {
				// Unless another file has just shown that such ETags are of no use.
				if (isDiscarded && run.checks.partSums !== 'unknown') throw damagedError(file);
				return { received, verdict };
			}
			const isSameAgain = verdict.sum === damaged;
			// The same again: nothing damages it on the way, so what is wrong is the size of the parts.
			if (isSameAgain && !verdict.isCertain && run.checks.partSums !== 'proven') {
				noteUnknownParts(run, file);
				return { received, verdict: { kind: 'unknown', md5: null } };
			}
			if (damaged !== undefined || (isStream && verdict.isCertain)) {
				// No later run goes on with it, also one that verifies nothing.
				await run.guard.check();
				await sink.restart?.();
				throw damagedError(file);
			}
			damaged = verdict.sum;
			throw new BeginAgain(labelOf(file), damagedError(file).message, { code: 'content_damaged' });
		} catch (error) {
			if (!(error instanceof BeginAgain) || begins === maxBegins) throw error;
			if (isStream && meter.hasAdvanced() && error.code !== 'content_damaged') throw error;
			run.meter.advance(-meter.bytes());
			isWhole ||= error.isWhole;
			run.client.reportRetry(error, begins);
		}
	}
}

/** What an earlier run noted, if it is about this partial file, and the file is still as long as it was then. */
async function usableNote(
	{ notebook, client }: DownloadRun,
	file: FileToDownload,
	sink: OpenSink,
): Promise<FileNote | undefined> {
	const note = notebook?.files.get(file.id);
	if (note === undefined || note.partial !== sink.partial) return undefined;
	if (file.bytes !== undefined && note.bytes !== file.bytes) return undefined;
	const end = note.ranges.reduce((most, range) => Math.max(most, range.end), 0);
	const hasEnd = end === 0 || (await untilAborted(client.signal)(sink.read(new Uint8Array(1), end - 1))) === 1;
	return hasEnd ? note : undefined;
}

/** Counts what one file adds to the progress. */
function countingMeter({
	meter,
}: DownloadRun): DownloadRun['meter'] & { bytes: () => number; hasAdvanced: () => boolean } {
	let bytes = 0;
	/** Also if all of it has to be received again. */
	let hasAdvanced = false;
	return {
		bytes: () => bytes,
		hasAdvanced: () => hasAdvanced,
		advance: (moved) => {
			bytes += moved;
			hasAdvanced ||= moved > 0;
			meter.advance(moved);
		},
		skip: (stored) => {
			bytes += stored;
			meter.skip(stored);
		},
		toCheck: (more) => meter.toCheck(more),
		checked: (read) => meter.checked(read),
		fileDone: () => meter.fileDone(),
	};
}

function damagedError(file: FileToDownload): MasvTransferError {
	const label = labelOf(file);
	return new MasvTransferError(`"${label}" arrived damaged: its MD5 is not that of the ETag`, {
		file: label,
		code: 'content_damaged',
		hint: "Something on the way from MASV's storage changes the data, or the storage itself has damaged it.",
	});
}

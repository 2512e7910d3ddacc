import type { MasvClient } from '../client';
import { MasvError, MasvTransferError } from '../errors';
import { LongMap } from '../longCollections';
import { labelOf } from '../transfer/places';
import type { FileSink, OpenSink } from '../transfer/sink';
import { untilAborted } from '../untilAborted';
import { checkMd5Lists } from './checkMd5Lists';
import { allReceived, downloadEntries } from './downloadEntries';
import type { DownloadOptions } from './downloadFiles';
import type { DownloadedFile } from './downloadRun';
import type { LinkBooks } from './linkRecord';
import { listEntries } from './listEntries';
import type { Md5Check } from './md5Check';
import { watchStreams } from './md5sOfStreams';
import type { PackageSource } from './openSource';
import { openSource } from './openSource';
import { createOrderedStream } from './orderedStream';
import { pathOf } from './planReceive';
import type { PackageEntry, Selection, SkipReason } from './selectFiles';
import { selectFiles } from './selectFiles';
import { withDownload } from './withDownload';

export interface StreamRequest<T>
	/** The books are for the links that are created: the next run disables what this one leaves. */
	extends Omit<DownloadOptions, 'notebook' | 'guard'>, Selection, LinkBooks {
	source: PackageSource;
	/** Called for each file before the first one is downloaded. What it throws ends the work. */
	check?: (file: PackageEntry) => void;
	/**
	 * Reads the content of a file to its end. The memory of a piece is used again when the next one is asked for. What it throws
	 * is the error of the file.
	 */
	consume: (file: PackageEntry, pieces: AsyncIterable<Uint8Array>) => Promise<T>;
	/** Whether to check the files against lists of MD5s that are among them, see {@link checkMd5Lists}. */
	checkMd5?: boolean;
}

export interface StreamReceipt<T> {
	package: { id: string; name: string };
	durationMs: number;
	skipped: Array<{ path: string; reason: SkipReason; entry: PackageEntry }>;
	warnings: string[];
	entries: PackageEntry[];
	/** Of the entries. */
	results: Array<PromiseSettledResult<StreamedFile<T>>>;
}

type StreamedFile<T> = Omit<DownloadedFile, 'location'> & { content: T };

export interface StreamResult<T> extends Omit<StreamReceipt<T>, 'skipped' | 'entries' | 'results'> {
	skipped: Array<{ path: string; reason: SkipReason }>;
	files: Array<StreamedFile<T>>;
	/** Undefined unless that was asked for. */
	md5_check?: Md5Check;
}

/** What of one file may be in memory, in bytes: ranges that arrive early wait for those before them. */
const windowBytes = 32 * 1024 * 1024;

/** Names of each kind in the result of a check, which comes with each file. */
const maxNames = 100;

/** As {@link receiveToStreams}. @throws the error of the first file that failed, after the others were received */
export async function receiveStreams<T>(client: MasvClient, request: StreamRequest<T>): Promise<StreamResult<T>> {
	const watched = request.checkMd5 === true ? watchStreams(client.hashing) : undefined;
	const { consume } = request;
	const { entries, results, skipped, ...received } = await receiveToStreams(client, {
		...request,
		consume: async (file, pieces) => await consume(file, watched?.watch(file, pieces) ?? pieces),
	});
	const files = await allReceived(results, client.clock, false);
	const left = skipped.map(({ path, reason }) => ({ path, reason }));
	const result = { ...received, skipped: left, files };
	if (watched === undefined) return result;
	const warn = (text: string): void => void received.warnings.push(text);
	const there = watched.received(
		entries,
		left.map(({ path }) => path),
	);
	return { ...result, md5_check: await checkMd5Lists(client, there, warn, maxNames) };
}

/**
 * Receives files of a package as streams, in order within each file and with a bounded part of each in memory. Nothing of it is
 * resumed. Does not throw if a file fails.
 */
export async function receiveToStreams<T>(client: MasvClient, request: StreamRequest<T>): Promise<StreamReceipt<T>> {
	const startedAt = client.clock.now();
	const found = await openSource(client, request.source, request.policy);
	return await withDownload(client, found, undefined, request, async (context) => {
		const { client: guarded, access, taken, warnings, onWarning } = context;
		const options = { ...request, onWarning, guard: taken.guard };
		const entries = await listEntries(guarded, access, found, options);
		const selected = await selectFiles(entries, found.containsVirus, request, guarded.clock);
		for (const entry of selected.files) request.check?.(entry);
		const contents = new LongMap<string, T>();
		const wanted = selected.files.map((entry) => ({ entry }));
		const toSink = ({ entry }: { entry: PackageEntry }): FileSink =>
			consumingSink(entry, request.consume, (content) => void contents.set(entry.id, content), guarded.signal);
		const results = await downloadEntries(guarded, access, found.partBytes, { wanted, toSink }, options);
		return {
			package: { id: found.id, name: found.name },
			durationMs: client.clock.now() - startedAt,
			skipped: selected.skipped.map(({ entry, reason }) => ({ path: pathOf(entry), reason, entry })),
			warnings,
			entries: selected.files,
			results: results.map((result) => {
				if (result.status === 'rejected') return result;
				const { location: _location, ...file } = result.value;
				return { status: 'fulfilled' as const, value: { ...file, content: contents.get(file.id) as T } };
			}),
		};
	});
}

/** Hands the content of a file to its reader while it arrives. The file is received when its reader has read it. */
function consumingSink<T>(
	entry: PackageEntry,
	consume: StreamRequest<T>['consume'],
	onContent: (content: T) => void,
	signal: AbortSignal | undefined,
): FileSink {
	return {
		open: async () => {
			const stream = createOrderedStream(labelOf(entry), windowBytes);
			const open = await stream.sink.open();
			const consuming = consume(entry, stream.pieces).then(onContent, (error: unknown) => {
				throw toReaderError(entry, error);
			});
			// Awaited where the content ends, or where it cannot be handed over any more. A reader that fails may not have begun to read.
			void consuming.catch(() => undefined).finally(() => stream.abandon());
			// The reader may still store what it has read, for minutes.
			const consumed = async (): Promise<void> => await untilAborted(signal)(consuming);
			const sink: OpenSink = {
				...open,
				write: async (piece, position) =>
					await open.write(piece, position).catch(async (error: unknown) => {
						await consumed();
						throw error;
					}),
				finish: async (content) => {
					const location = await open.finish(content);
					await consumed();
					return location;
				},
			};
			return sink;
		},
	};
}

function toReaderError(entry: PackageEntry, error: unknown): MasvError {
	if (error instanceof MasvError) return error;
	const label = labelOf(entry);
	const reason = error instanceof Error ? error.message : String(error);
	return new MasvTransferError(`"${label}" could not be stored: ${reason}`, {
		file: label,
		code: 'content_not_stored',
		cause: error,
	});
}

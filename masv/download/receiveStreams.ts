import type { MasvClient } from '../client';
import { MasvError, MasvTransferError } from '../errors';
import { fetchFilesWith } from '../packages/files';
import type { Journal } from '../transfer/journal';
import type { Leases } from '../transfer/lease';
import { labelOf } from '../transfer/places';
import type { FileSink, OpenSink } from '../transfer/sink';
import { downloadEntries } from './downloadEntries';
import type { DownloadOptions } from './downloadFiles';
import type { DownloadedFile } from './downloadRun';
import type { PackageSource } from './openSource';
import { openSource } from './openSource';
import { createOrderedStream } from './orderedStream';
import { toPackageEntry } from './packageEntry';
import { pathOf } from './planReceive';
import type { PackageEntry, Selection, SkipReason } from './selectFiles';
import { selectFiles } from './selectFiles';
import { withDownload } from './withDownload';

export interface StreamRequest<T> extends Omit<DownloadOptions, 'notebook' | 'guard' | 'onFileEnd'>, Selection {
	source: PackageSource;
	/** Reads the content of a file to its end. What it throws is the error of the file. */
	consume: (file: PackageEntry, pieces: AsyncIterable<Uint8Array>) => Promise<T>;
	/** For the links that are created: the next run disables what this one leaves. */
	journal?: Journal;
	leases?: Leases;
	ifRunning?: 'fail' | 'wait';
}

export interface StreamResult<T> {
	package: { id: string; name: string };
	skipped: Array<{ path: string; reason: SkipReason }>;
	warnings: string[];
	files: Array<Omit<DownloadedFile, 'location'> & { content: T }>;
}

/** What of one file may be in memory, in bytes: ranges that arrive early wait for those before them. */
const windowBytes = 32 * 1024 * 1024;

/**
 * Receives the files of a package as streams, in order within each file and with a bounded part of each in memory. Nothing of it is
 * resumed. @throws as `receivePackage`
 */
export async function receiveStreams<T>(client: MasvClient, request: StreamRequest<T>): Promise<StreamResult<T>> {
	const found = await openSource(client, request.source, request.policy);
	return await withDownload(
		client,
		found,
		['streams'],
		request,
		async ({ client: guarded, access, taken, warnings, onWarning }) => {
			const listed = await fetchFilesWith(guarded, access.packageId, access.token, request.policy);
			const selected = selectFiles(listed.map(toPackageEntry), found.containsVirus, request);
			const contents = new Map<string, T>();
			const wanted = selected.files.map((entry) => ({
				entry,
				sink: consumingSink(entry, request.consume, (content) => void contents.set(entry.id, content)),
			}));
			const options = { ...request, onWarning, guard: taken.guard };
			const files = await downloadEntries(guarded, access, found.partBytes, wanted, options);
			return {
				package: { id: found.id, name: found.name },
				skipped: selected.skipped.map(({ entry, reason }) => ({ path: pathOf(entry), reason })),
				warnings,
				files: files.map(({ location: _location, ...file }) => ({ ...file, content: contents.get(file.id) as T })),
			};
		},
	);
}

/** Hands the content of a file to its reader while it arrives. The file is received when its reader has read it. */
function consumingSink<T>(
	entry: PackageEntry,
	consume: StreamRequest<T>['consume'],
	onContent: (content: T) => void,
): FileSink {
	return {
		open: async () => {
			const stream = createOrderedStream(labelOf(entry), windowBytes);
			const open = await stream.sink.open();
			const consuming = consume(entry, stream.pieces).then(onContent, (error: unknown) => {
				throw toReaderError(entry, error);
			});
			// Awaited where the content ends, or where it cannot be handed over any more.
			consuming.catch(() => undefined);
			const sink: OpenSink = {
				...open,
				write: async (piece, position) =>
					await open.write(piece, position).catch(async (error: unknown) => {
						await consuming;
						throw error;
					}),
				finish: async (content) => {
					const location = await open.finish(content);
					await consuming;
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

import type { MasvClient } from '../client';
import { MasvError } from '../errors';
import type { FileSink } from '../transfer/sink';
import type { DownloadAccess } from './access';
import type { DownloadOptions } from './downloadFiles';
import { downloadFiles } from './downloadFiles';
import type { DownloadedFile } from './downloadRun';
import type { PackageEntry } from './selectFiles';

/**
 * Downloads files of a package, each into its sink.
 * @param partBytes size of the parts in which they were uploaded, if known
 * @throws the error of the first file that failed, after the others were received
 */
export async function downloadEntries(
	client: MasvClient,
	access: DownloadAccess,
	partBytes: number | undefined,
	wanted: ReadonlyArray<{ entry: PackageEntry; sink: FileSink }>,
	options: DownloadOptions,
): Promise<DownloadedFile[]> {
	const files = wanted.map(({ entry: { id, name, path, bytes, modifiedAt }, sink }) => ({
		...{ id, name, path, bytes, modifiedAt, partBytes, sink },
		address: async () => await access.address(id),
	}));
	const results = await downloadFiles(client, files, options);
	const received = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
	const failure = results.find((result) => result.status === 'rejected');
	if (failure !== undefined) throw addProgress(failure.reason, received.length, results.length);
	return received;
}

/** Says in the error of a file how far the others have come. @returns the error */
function addProgress(reason: unknown, received: number, wanted: number): unknown {
	if (reason instanceof MasvError && wanted > 1) {
		reason.addHint(`${received} of ${wanted} files were received. Run this again to receive the others.`);
	}
	return reason;
}

import type { MasvClient } from '../../masv/client';
import type { DownloadOptions } from '../../masv/download/downloadFiles';
import { downloadFiles, totalOf } from '../../masv/download/downloadFiles';
import type { DownloadedFile, FileToDownload } from '../../masv/download/downloadRun';

/** Downloads files that are all known from the beginning. */
export async function downloadAll(
	client: MasvClient,
	files: readonly FileToDownload[],
	options: DownloadOptions = {},
): Promise<Array<PromiseSettledResult<DownloadedFile>>> {
	return await downloadFiles(client, files, (file) => file, totalOf(files), options);
}

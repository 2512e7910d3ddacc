import type { MasvClient } from '../../masv/client';
import type { DownloadOptions } from '../../masv/download/downloadFiles';
import { downloadFiles } from '../../masv/download/downloadFiles';
import type { DownloadedFile, FileToDownload } from '../../masv/download/downloadRun';

/** Downloads files that are all known from the beginning. */
export async function downloadAll(
	client: MasvClient,
	files: readonly FileToDownload[],
	options: DownloadOptions = {},
): Promise<Array<PromiseSettledResult<DownloadedFile>>> {
	const bytes = files.reduce((sum, file) => sum + (file.bytes ?? 0), 0);
	return await downloadFiles(client, files, (file) => file, { bytes, files: files.length }, options);
}

import { formatBytes } from '../../../masv/formatBytes';
import type { Progress } from '../../../masv/transfer/progress';

/**
 * "MASV upload: 45 %, 12.1 of 26.9 GiB, 3 of 7 files, 210 MiB/s, 1 min 12 s left". While files are read again to compare
 * them with what was uploaded earlier: "..., 3 of 7 files, compared 4 of 12 GiB uploaded earlier".
 */
export function describeProgress(progress: Progress, direction: 'upload' | 'download' = 'upload'): string {
	const { bytes, totalBytes, files, totalFiles, bytesPerSecond, secondsLeft, checkedBytes, bytesToCheck } = progress;
	const facts = [
		...describeShare(bytes, totalBytes),
		`${files} of ${totalFiles} ${totalFiles === 1 ? 'file' : 'files'}`,
	];
	const isComparing = checkedBytes < bytesToCheck;
	if (isComparing)
		facts.push(`compared ${formatBytes(checkedBytes)} of ${formatBytes(bytesToCheck)} ${direction}ed earlier`);
	// Nothing is sent while the only file is compared.
	if (files < totalFiles && (bytesPerSecond > 0 || !isComparing)) facts.push(`${formatBytes(bytesPerSecond)}/s`);
	if (files < totalFiles && secondsLeft !== undefined) facts.push(`${formatDuration(secondsLeft)} left`);
	return `MASV ${direction}: ${facts.join(', ')}`;
}

function describeShare(bytes: number, totalBytes: number | undefined): string[] {
	if (totalBytes === undefined) return [formatBytes(bytes)];
	const percent = totalBytes === 0 ? 100 : Math.floor((bytes / totalBytes) * 100);
	return [`${percent} %`, `${formatBytes(bytes)} of ${formatBytes(totalBytes)}`];
}

function formatDuration(seconds: number): string {
	const whole = Math.ceil(seconds);
	if (whole < 60) return `${whole} s`;
	if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
	return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

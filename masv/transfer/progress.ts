import type { Clock } from '../clock';

/** How far an upload has come. */
export interface Progress {
	/** Bytes that are stored or on their way. */
	bytes: number;
	totalBytes: number;
	files: number;
	totalFiles: number;
	/** Over the last few seconds. */
	bytesPerSecond: number;
	/** Undefined while nothing moves. */
	secondsLeft: number | undefined;
}

export interface ProgressMeter {
	/** Bytes that a socket has taken; negative when an attempt failed and they must be sent again. */
	advance(bytes: number): void;
	/** Bytes that an earlier try has stored: they count as done, but not towards the rate. */
	skip(bytes: number): void;
	fileDone(): void;
}

/** Reports at most every `everyMs`, and once more for the last file. No timer: it speaks when something moves. */
export function createProgressMeter(
	clock: Clock,
	total: { bytes: number; files: number },
	report: ((progress: Progress) => void) | undefined,
	everyMs: number,
): ProgressMeter {
	let bytes = 0;
	let files = 0;
	let reportedAt = clock.now();
	let reportedBytes = 0;
	const tell = (): void => {
		const now = clock.now();
		const bytesPerSecond = Math.max(0, ((bytes - reportedBytes) * 1000) / Math.max(1, now - reportedAt));
		reportedAt = now;
		reportedBytes = bytes;
		report?.({
			bytes,
			totalBytes: total.bytes,
			files,
			totalFiles: total.files,
			bytesPerSecond,
			secondsLeft: bytesPerSecond > 0 ? (total.bytes - bytes) / bytesPerSecond : undefined,
		});
	};
	return {
		advance: (moved) => {
			bytes += moved;
			if (report !== undefined && clock.now() - reportedAt >= everyMs) tell();
		},
		skip: (stored) => {
			bytes += stored;
			reportedBytes += stored;
		},
		fileDone: () => {
			files++;
			if (files === total.files) tell();
		},
	};
}

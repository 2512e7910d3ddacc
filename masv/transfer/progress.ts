import type { Clock } from '../clock';

/** Progress of an upload. */
export interface Progress {
	/** Bytes sent, including those not yet confirmed by the storage. */
	bytes: number;
	totalBytes: number;
	files: number;
	totalFiles: number;
	/** Since the previous report. */
	bytesPerSecond: number;
	/** Undefined if the rate is 0. */
	secondsLeft: number | undefined;
	/** Bytes of an earlier run that were read again to compare them, and those still to be read included. */
	checkedBytes: number;
	bytesToCheck: number;
}

export interface ProgressMeter {
	/** Bytes written to a socket. Negative after a failed attempt, whose bytes must be sent again. */
	advance(bytes: number): void;
	/** Bytes uploaded by an earlier run. They count as sent but do not affect the rate. */
	skip(bytes: number): void;
	/** Bytes uploaded by an earlier run that are about to be read again. */
	toCheck(bytes: number): void;
	/** Bytes of these that have been read. */
	checked(bytes: number): void;
	fileDone(): void;
}

/** Reports at most every `everyMs`, and after the last file. Needs no timer, because each call may report. */
export function createProgressMeter(
	clock: Clock,
	total: { bytes: number; files: number },
	report: ((progress: Progress) => void) | undefined,
	everyMs: number,
): ProgressMeter {
	let bytes = 0;
	let files = 0;
	let checkedBytes = 0;
	let bytesToCheck = 0;
	let reportedAt = clock.now();
	let reportedBytes = 0;
	const sendReport = (): void => {
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
			checkedBytes,
			bytesToCheck,
		});
	};
	const reportIfDue = (): void => {
		if (report !== undefined && clock.now() - reportedAt >= everyMs) sendReport();
	};
	return {
		advance: (moved) => {
			bytes += moved;
			reportIfDue();
		},
		skip: (stored) => {
			bytes += stored;
			reportedBytes += stored;
		},
		toCheck: (more) => {
			bytesToCheck += more;
		},
		checked: (read) => {
			checkedBytes += read;
			reportIfDue();
		},
		fileDone: () => {
			files++;
			if (files === total.files) sendReport();
		},
	};
}

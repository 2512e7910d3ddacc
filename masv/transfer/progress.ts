import type { Clock } from '../clock';

/** Progress of an upload. */
export interface Progress {
	/** Bytes sent, including those not yet confirmed by the storage. */
	bytes: number;
	/** Undefined if not known, as for files whose size MASV does not tell. */
	totalBytes: number | undefined;
	files: number;
	totalFiles: number;
	/** Since the previous report. */
	bytesPerSecond: number;
	/** Undefined if the rate is 0, or it is not known how much is left. */
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

/** What a transfer consists of. `bytes`: undefined if not known. */
export interface Total {
	bytes: number | undefined;
	files: number;
}

/**
 * Reports at most every `everyMs`, and after the last file. Needs no timer, because each call may report.
 * @param line to be told of each number of bytes, too
 */
export function createProgressMeter(
	clock: Clock,
	total: Total,
	report: ((progress: Progress) => void) | undefined,
	everyMs: number,
	line?: { moved(bytes: number): void },
): ProgressMeter {
	return new ReportingMeter(clock, total, report, everyMs, line);
}

class ReportingMeter implements ProgressMeter {
	readonly #clock: Clock;
	readonly #total: Total;
	readonly #report: ((progress: Progress) => void) | undefined;
	readonly #everyMs: number;
	readonly #line: { moved(bytes: number): void } | undefined;
	#bytes = 0;
	#files = 0;
	#checkedBytes = 0;
	#bytesToCheck = 0;
	#reportedAt: number;
	#reportedBytes = 0;

	constructor(
		clock: Clock,
		total: Total,
		report: ((progress: Progress) => void) | undefined,
		everyMs: number,
		line: { moved(bytes: number): void } | undefined,
	) {
		this.#clock = clock;
		this.#total = total;
		this.#report = report;
		this.#everyMs = everyMs;
		this.#line = line;
		this.#reportedAt = clock.now();
	}

	advance(bytes: number): void {
		this.#bytes += bytes;
		this.#reportIfDue();
		this.#line?.moved(bytes);
	}

	skip(bytes: number): void {
		this.#bytes += bytes;
		this.#reportedBytes += bytes;
	}

	toCheck(bytes: number): void {
		this.#bytesToCheck += bytes;
	}

	checked(bytes: number): void {
		this.#checkedBytes += bytes;
		this.#reportIfDue();
	}

	fileDone(): void {
		this.#files++;
		if (this.#files === this.#total.files) this.#sendReport();
	}

	#reportIfDue(): void {
		if (this.#report !== undefined && this.#clock.now() - this.#reportedAt >= this.#everyMs) this.#sendReport();
	}

	#sendReport(): void {
		const now = this.#clock.now();
		const bytes = this.#bytes;
		const { bytes: totalBytes, files: totalFiles } = this.#total;
		const sinceMs = Math.max(1, now - this.#reportedAt);
		const bytesPerSecond = Math.max(0, ((bytes - this.#reportedBytes) * 1000) / sinceMs);
		this.#reportedAt = now;
		this.#reportedBytes = bytes;
		this.#report?.({
			bytes,
			totalBytes,
			files: this.#files,
			totalFiles,
			bytesPerSecond,
			secondsLeft: bytesPerSecond > 0 && totalBytes !== undefined ? (totalBytes - bytes) / bytesPerSecond : undefined,
			checkedBytes: this.#checkedBytes,
			bytesToCheck: this.#bytesToCheck,
		});
	}
}

import type { Clock } from '../clock';
import type { Hashing } from '../hashing';
import type { Load } from '../load';
import type { RunningChecksum } from '../transfer/checksum';
import { noChecksum, startAffordableChecksum, startChecksum } from '../transfer/checksum';
import { createLoadGate } from '../transfer/loadGate';
import type { EtagVerdict } from './etagVerdict';
import { createEtagVerdict } from './etagVerdict';

/**
 * When the MD5 of what is sent is compared with the storage's ETag. `automatic`: as long as the line limits the speed
 * rather than the processor.
 */
export type VerifyParts = 'automatic' | 'always' | 'never';

/** The checksums of the parts of one upload run. */
export interface PartChecks {
	verdict: EtagVerdict;
	/**
	 * The checksum for one attempt to send a part. `isRepeat`: see {@link EtagVerdict.confirm}. `isNeeded`: there must be one,
	 * whatever it costs, even without a journal.
	 */
	start(bytes: number, isRepeat: boolean, isNeeded?: boolean): RunningChecksum;
}

export interface PartCheckOptions {
	verifyParts: VerifyParts;
	hashing: Hashing;
	clock: Clock;
	load: Load;
	/** Of all files. */
	totalBytes: number;
	/** Whether a later run may have to compare the parts, so that each needs a checksum. */
	isNoted: boolean;
	/** Whether the content is to be recognized later, for which a CRC-32 is too short. Default: no. */
	isSummed?: boolean;
	/** Called once if the storage's ETags cannot be compared. */
	onOpaque: () => void;
}

/** Sent without knowing what the ETags are; then one part is hashed even if the processor is busy. */
const unprovenBytes = 1024 * 1024 * 1024;

/**
 * A part needs at most one checksum. If ETags are MD5s, an MD5 verifies the part and is the checksum that the next run needs.
 * If they are not, if there is no time for it, or if parts are not to be verified, a CRC-32 takes its place, which takes a
 * sixth of the time. Without a journal, nobody needs that one, and it is worth spare time only. If the content is to be recognized
 * later, MD5s of the storage do, and otherwise an MD5 is worth spare time.
 */
export function createPartChecks(options: PartCheckOptions): PartChecks {
	const { verifyParts, hashing, clock, load, totalBytes, isNoted, isSummed = false, onOpaque } = options;
	const verdict = createEtagVerdict(verifyParts === 'never' ? () => undefined : onOpaque);
	const gate = createLoadGate(clock, load, totalBytes);
	const admits = (bytes: number): boolean => gate.admits(bytes);
	let unproven = 0;
	return {
		verdict,
		start: (bytes, isRepeat, isNeeded = false) => {
			if (verdict.etags === 'opaque') {
				const isWorthMd5 = isSummed && verifyParts !== 'never' && admits(0);
				return isWorthMd5 ? startAffordableChecksum(hashing, admits) : startChecksum(hashing, 'crc32');
			}
			if (isRepeat || verifyParts === 'always') return startChecksum(hashing, 'md5');
			if (isNeeded || (isNoted && verifyParts === 'never')) return startChecksum(hashing, 'crc32');
			if (verifyParts === 'never') return admits(0) ? startChecksum(hashing, 'crc32', admits) : noChecksum;
			if (verdict.etags === 'unknown' && (unproven += bytes) > unprovenBytes) {
				unproven = 0;
				return startChecksum(hashing, 'md5');
			}
			if (!admits(0)) return isNoted ? startChecksum(hashing, 'crc32') : noChecksum;
			return isNoted ? startAffordableChecksum(hashing, admits) : startChecksum(hashing, 'md5', admits);
		},
	};
}

import type { Clock } from '../clock';
import type { Hashing } from '../hashing';
import type { Load } from '../load';
import type { RunningChecksum } from '../transfer/checksum';
import { noChecksum, startChecksum } from '../transfer/checksum';
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
	 * whatever it costs.
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
	/** Called once if the storage's ETags cannot be compared. */
	onOpaque: () => void;
}

/** Sent without knowing what the ETags are; then one part is hashed even if the processor is busy. */
const unprovenBytes = 1024 * 1024 * 1024;

/**
 * A part needs at most one checksum. If ETags are MD5s, they are the checksums that the next run needs. If they are not, a
 * CRC-32 takes their place, which takes a sixth of the time of an MD5. As long as that is not known, a CRC-32 is worth
 * spare time only: an ETag that looks like an MD5 usually is one, and otherwise a few parts are sent again.
 */
export function createPartChecks(options: PartCheckOptions): PartChecks {
	const { verifyParts, hashing, clock, load, totalBytes, onOpaque } = options;
	const verdict = createEtagVerdict(verifyParts === 'never' ? () => undefined : onOpaque);
	const gate = createLoadGate(clock, load, totalBytes);
	const admits = (bytes: number): boolean => gate.admits(bytes);
	let unproven = 0;
	return {
		verdict,
		start: (bytes, isRepeat, isNeeded = false) => {
			if (verdict.etags === 'opaque') return startChecksum(hashing, 'crc32');
			if (isRepeat || verifyParts === 'always') return startChecksum(hashing, 'md5');
			if (isNeeded) return startChecksum(hashing, 'crc32');
			if (verifyParts === 'never') return admits(0) ? startChecksum(hashing, 'crc32', admits) : noChecksum;
			if (verdict.etags === 'unknown' && (unproven += bytes) > unprovenBytes) {
				unproven = 0;
				return startChecksum(hashing, 'md5');
			}
			return admits(0) ? startChecksum(hashing, 'md5', admits) : noChecksum;
		},
	};
}

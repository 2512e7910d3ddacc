import type { Clock } from '../clock';
import type { Hashing } from '../hashing';
import type { Load } from '../load';
import type { RunningChecksum } from '../transfer/checksum';
import { noChecksum, startAffordableChecksum, startChecksum } from '../transfer/checksum';
import type { LoadGate } from '../transfer/loadGate';
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
	return new GatedChecks(options);
}

class GatedChecks implements PartChecks {
	readonly verdict: EtagVerdict;
	readonly #options: PartCheckOptions;
	readonly #gate: LoadGate;
	#unproven = 0;

	constructor(options: PartCheckOptions) {
		const { verifyParts, clock, load, totalBytes, onOpaque } = options;
		this.verdict = createEtagVerdict(verifyParts === 'never' ? () => undefined : onOpaque);
		this.#options = options;
		this.#gate = createLoadGate(clock, load, totalBytes);
	}

	start(bytes: number, isRepeat: boolean, isNeeded = false): RunningChecksum {
		const { verifyParts, hashing, isNoted, isSummed = false } = this.#options;
		const { etags } = this.verdict;
		const gate = this.#gate;
		if (etags === 'opaque') {
			const isWorthMd5 = isSummed && verifyParts !== 'never' && gate.admits(0);
			return isWorthMd5 ? startAffordableChecksum(hashing, gate) : startChecksum(hashing, 'crc32');
		}
		if (isRepeat || verifyParts === 'always') return startChecksum(hashing, 'md5');
		if (isNeeded || (isNoted && verifyParts === 'never')) return startChecksum(hashing, 'crc32');
		if (verifyParts === 'never') return gate.admits(0) ? startChecksum(hashing, 'crc32', gate) : noChecksum;
		if (etags === 'unknown' && (this.#unproven += bytes) > unprovenBytes) {
			this.#unproven = 0;
			return startChecksum(hashing, 'md5');
		}
		if (!gate.admits(0)) return isNoted ? startChecksum(hashing, 'crc32') : noChecksum;
		return isNoted ? startAffordableChecksum(hashing, gate) : startChecksum(hashing, 'md5', gate);
	}
}

import type { Clock } from '../clock';
import type { Hashing } from '../hashing';
import type { Load } from '../load';
import { createLoadGate } from '../transfer/loadGate';

/**
 * When the MD5 of what is received is compared with the storage's ETag. `automatic`: as it arrives, for as long as the line
 * limits the speed rather than the processor. `always`: what was not computed then is read again.
 */
export type VerifyContent = 'automatic' | 'always' | 'never';

/** What the files of one download share about their checksums. */
export interface ContentChecks {
	mode: VerifyContent;
	hashing: Hashing;
	/** Whether there is time to compute an MD5 of so many bytes. */
	admits(bytes: number): boolean;
	/**
	 * What ETags of several parts are: it depends on a part size that is only believed to be known. `proven`: one has matched.
	 * `unknown`: content that arrived twice in the same way did not match.
	 */
	partSums: 'untried' | 'proven' | 'unknown';
	onWarning: (text: string) => void;
}

export function createContentChecks({
	mode,
	hashing,
	clock,
	load,
	totalBytes,
	onWarning = () => undefined,
}: {
	mode: VerifyContent;
	hashing: Hashing;
	clock: Clock;
	load: Load;
	totalBytes: number;
	onWarning?: (text: string) => void;
}): ContentChecks {
	const gate = createLoadGate(clock, load, totalBytes);
	return {
		mode,
		hashing,
		admits: (bytes) => mode === 'always' || gate.admits(bytes),
		partSums: 'untried',
		onWarning,
	};
}

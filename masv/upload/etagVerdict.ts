import type { PartNote } from './partNote';
import { isMismatch, isVerified, md5OfEtag } from './partNote';

/** What the storage's ETags are: the MD5 of the part, or something that cannot be compared. */
export type Etags = 'unknown' | 'md5' | 'opaque';

export interface EtagVerdict {
	readonly etags: Etags;
	/** To be called if a part of an earlier run has matched. */
	proveMd5(): void;
	/**
	 * Sends a part until its ETag is accepted.
	 * @param send sends the part; if `isRepeat`, the MD5 of what is sent is needed to decide
	 * @param onMismatch called before the part is sent again
	 * @param toError the error to throw if the part arrives damaged again and again
	 */
	confirm(
		send: (isRepeat: boolean) => Promise<PartNote>,
		onMismatch: () => void,
		toError: () => Error,
	): Promise<PartNote>;
}

/** As many attempts as a part gets whose ETag does not match, although those of others did. */
const maxMismatches = 3;

/**
 * Learns from the ETags of one upload run whether they are MD5s. The first part that does not match is sent once more. If
 * it does not match again, and no part ever has, the ETags are opaque and are not compared any more. Parts that do not
 * match in the meantime wait for this result, so that with opaque ETags only one part is sent twice.
 * @param onOpaque called once
 */
export function createEtagVerdict(onOpaque: () => void): EtagVerdict {
	let etags: Etags = 'unknown';
	let isTrying = false;
	const waiting: Array<() => void> = [];
	const wake = (): void => {
		for (const proceed of waiting.splice(0)) proceed();
	};
	const decide = (found: Etags): void => {
		if (found === etags) return;
		etags = found;
		if (found === 'opaque') onOpaque();
		wake();
	};
	return {
		get etags() {
			return etags;
		},
		proveMd5: () => decide('md5'),
		confirm: async (send, onMismatch, toError) => {
			let isTrial = false;
			try {
				for (let mismatches = 1; ; mismatches++) {
					const note = await send(mismatches > 1);
					if (isVerified(note)) decide('md5');
					else if (md5OfEtag(note.etag) === undefined && etags === 'unknown') decide('opaque');
					if (!isMismatch(note)) return note;
					while (etags === 'unknown' && isTrying && !isTrial) {
						await new Promise<void>((proceed) => waiting.push(proceed));
					}
					if (etags === 'unknown' && isTrial) decide('opaque');
					if (etags === 'opaque') return note;
					if (mismatches === maxMismatches) throw toError();
					onMismatch();
					if (etags === 'unknown') isTrial = isTrying = true;
				}
			} finally {
				if (isTrial) {
					isTrying = false;
					wake();
				}
			}
		},
	};
}

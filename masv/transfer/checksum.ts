import type { Hashing } from '../hashing';

/** Lower-case hexadecimal. Empty if the content was not hashed to the end. */
export interface Checksum {
	md5?: string;
	crc32?: string;
}

/** The checksum of content that arrives piece by piece. */
export interface RunningChecksum {
	update(piece: Uint8Array): void;
	/** To be called once, after the last piece. */
	finish(): Checksum;
}

/** @param admits called before each piece; once it returns false, the checksum is abandoned */
export function startChecksum(
	hashing: Hashing,
	kind: 'md5' | 'crc32',
	admits: (bytes: number) => boolean = () => true,
): RunningChecksum {
	const md5 = kind === 'md5' ? hashing.md5() : undefined;
	let crc32 = 0;
	let isKept = true;
	return {
		update: (piece) => {
			isKept &&= admits(piece.length);
			if (!isKept) return;
			if (md5 === undefined) crc32 = hashing.crc32(piece, crc32);
			else md5.update(piece);
		},
		finish: () => {
			if (!isKept) return {};
			return md5 === undefined ? { crc32: crc32.toString(16).padStart(8, '0') } : { md5: md5.hex() };
		},
	};
}

/** For content that is not hashed. */
export const noChecksum: RunningChecksum = { update: () => undefined, finish: () => ({}) };

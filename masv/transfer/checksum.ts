import type { Hashing } from '../hashing';
import type { LoadGate } from './loadGate';

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

const openGate: LoadGate = { admits: () => true };

/** @param gate asked before each piece; once it does not admit one, the checksum is abandoned */
export function startChecksum(hashing: Hashing, kind: 'md5' | 'crc32', gate: LoadGate = openGate): RunningChecksum {
	const md5 = kind === 'md5' ? hashing.md5() : undefined;
	let crc32 = 0;
	let isKept = true;
	return {
		update: (piece) => {
			isKept &&= gate.admits(piece.length);
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

/**
 * An MD5 if the gate admits every piece, otherwise a CRC-32, which takes a sixth of the time. Nothing is read a second
 * time, so the CRC-32 is computed from the start.
 */
export function startAffordableChecksum(hashing: Hashing, gate: LoadGate): RunningChecksum {
	const md5 = startChecksum(hashing, 'md5', gate);
	const crc32 = startChecksum(hashing, 'crc32');
	return {
		update: (piece) => {
			md5.update(piece);
			crc32.update(piece);
		},
		finish: () => {
			const preferred = md5.finish();
			return preferred.md5 === undefined ? crc32.finish() : preferred;
		},
	};
}

/** For content that is not hashed. */
export const noChecksum: RunningChecksum = { update: () => undefined, finish: () => ({}) };

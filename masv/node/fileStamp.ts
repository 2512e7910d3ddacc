import type { BigIntStats } from 'node:fs';

import type { FileStamp } from '../transfer/source';

/** @param stats with `bigint`, because inode numbers and nanoseconds do not fit into a number */
export function toStamp({ size, mtimeNs, ctimeNs, birthtimeNs, dev, ino }: BigIntStats): FileStamp {
	// 0, or the time of the last change, on disks that have no such time.
	const isKnown = birthtimeNs > 0n && birthtimeNs !== ctimeNs;
	return {
		bytes: Number(size),
		modified: String(mtimeNs),
		changed: String(ctimeNs),
		device: String(dev),
		inode: String(ino),
		...(isKnown && { born: String(birthtimeNs) }),
	};
}

/** The same as a text, without the device, which is another one when a network drive is mounted again. */
export function stampText({ size, mtimeNs, ctimeNs, ino }: BigIntStats): string {
	return [ino, size, mtimeNs, ctimeNs].join('-');
}

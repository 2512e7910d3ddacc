import type { BigIntStats } from 'node:fs';

import type { FileStamp } from '../transfer/source';

/** @param stats with `bigint`, because inode numbers and nanoseconds do not fit into a number */
export function toStamp({ size, mtimeNs, ctimeNs, dev, ino }: BigIntStats): FileStamp {
	return {
		bytes: Number(size),
		modified: String(mtimeNs),
		changed: String(ctimeNs),
		device: String(dev),
		inode: String(ino),
	};
}

/** The same as a text, without the device, which is another one when a network drive is mounted again. */
export function stampText({ size, mtimeNs, ctimeNs, ino }: BigIntStats): string {
	return [ino, size, mtimeNs, ctimeNs].join('-');
}

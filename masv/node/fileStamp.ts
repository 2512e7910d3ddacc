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

import type { BigIntStats } from 'node:fs';

import { toStamp } from '../../../masv/node/fileStamp';

const stats = { size: 7n, mtimeNs: 1_700_000_000_123_456_789n, ctimeNs: 30n, dev: 4n, ino: 2n ** 60n } as BigIntStats;
const stamp = { bytes: 7, modified: '1700000000123456789', changed: '30', device: '4', inode: '1152921504606846976' };

describe('the stamp of a file', () => {
	it('is to the nanosecond', () => {
		expect(toStamp({ ...stats, birthtimeNs: 20n })).toEqual({ ...stamp, born: '20' });
	});

	it.each([
		['that has no such time', 0n],
		['that gives the time of the last change instead, or a file that has not been changed since', 30n],
	])('does not say when it was created on a disk %s', (_, birthtimeNs) => {
		expect(toStamp({ ...stats, birthtimeNs })).toEqual(stamp);
	});
});

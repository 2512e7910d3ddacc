import { nodeHashing } from '../../../masv/node/nodeHashing';
import { noChecksum, startAffordableChecksum, startChecksum } from '../../../masv/transfer/checksum';

const pieces = ['123', '', '45678', '9'].map((text) => Buffer.from(text));

describe('a checksum', () => {
	// The check value of CRC-32 in every catalogue of CRCs.
	it.each([
		['md5', { md5: '25f9e794323b453885f5181f1b624d0b' }],
		['crc32', { crc32: 'cbf43926' }],
	] as const)('is the %s of all pieces together', (kind, expected) => {
		const checksum = startChecksum(nodeHashing, kind);
		for (const piece of pieces) checksum.update(piece);
		expect(checksum.finish()).toEqual(expected);
	});

	it.each([
		['md5', { md5: 'd41d8cd98f00b204e9800998ecf8427e' }],
		['crc32', { crc32: '00000000' }],
	] as const)('of nothing is that of no bytes (%s)', (kind, expected) => {
		expect(startChecksum(nodeHashing, kind).finish()).toEqual(expected);
	});

	it.each(['md5', 'crc32'] as const)('is given up at the first piece that is not admitted (%s)', (kind) => {
		const asked: number[] = [];
		const checksum = startChecksum(nodeHashing, kind, { admits: (bytes) => asked.push(bytes) !== 3 });
		for (const piece of pieces) checksum.update(piece);
		expect(asked).toEqual([3, 0, 5]);
		expect(checksum.finish()).toEqual({});
	});

	it.each([
		['the MD5 if there is time for all of it', 9, { md5: '25f9e794323b453885f5181f1b624d0b' }],
		['the CRC-32 of all pieces if there is time for some of them only', 3, { crc32: 'cbf43926' }],
		['the CRC-32 if there is no time', 0, { crc32: 'cbf43926' }],
	])('is %s', (_, bytes, expected) => {
		let left = bytes;
		const checksum = startAffordableChecksum(nodeHashing, { admits: (more) => (left -= more) >= 0 });
		for (const piece of pieces) checksum.update(piece);
		expect(checksum.finish()).toEqual(expected);
	});

	it('need not be computed', () => {
		noChecksum.update(Buffer.from('x'));
		expect(noChecksum.finish()).toEqual({});
	});
});

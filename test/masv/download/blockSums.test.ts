import { startSums } from '../../../masv/download/blockSums';
import { nodeHashing } from '../../../masv/node/nodeHashing';
import { patternBytes } from '../../support/testSources';

const content = patternBytes(100, 1);

function md5Of(start: number, end: number): string {
	const md5 = nodeHashing.md5();
	md5.update(content.subarray(start, end));
	return md5.hex();
}

/** The sums of what begins at a position and arrives in pieces of so many bytes. */
function sumsFrom(start: number, blockBytes: number | undefined, pieceBytes: number) {
	const sums = startSums(nodeHashing, start, blockBytes, { admits: () => true });
	for (let at = start; at < content.length; at += pieceBytes) sums.update(content.subarray(at, at + pieceBytes));
	return sums;
}

describe('the sums of blocks', () => {
	it.each([1, 7, 30, 1_000])(
		'are those of whole blocks, also if it begins within one, in pieces of %d bytes',
		(piece) => {
			expect([...sumsFrom(35, 30, piece).finish()]).toEqual([
				[60, md5Of(60, 90)],
				[90, md5Of(90, 100)],
			]);
		},
	);

	it('are complete only at the end of a block, or of the content', () => {
		const sums = sumsFrom(60, 30, 40);
		expect([sums.position, [...sums.complete.keys()]]).toEqual([100, [60]]);
		expect([...sums.finish().keys()]).toEqual([60, 90]);
	});

	it('are one for all content without blocks, wherever it begins', () => {
		expect([...sumsFrom(35, undefined, 9).finish()]).toEqual([[35, md5Of(35, 100)]]);
	});

	it('are none of content that ends before the first block', () => {
		const sums = startSums(nodeHashing, 35, 200, { admits: () => true });
		sums.update(content.subarray(35, 60));
		expect(sums.finish().size).toBe(0);
	});
});

import { createPieceSize } from '../../../masv/upload/pieceSize';

const kibibyte = 1024;

/** The sizes, in KiB, of pieces that a connection takes at this rate, in KiB per second. */
function piecesAt(rates: number[], most = () => 512 * kibibyte): number[] {
	let now = 0;
	const size = createPieceSize(
		{ now: () => now },
		{
			get bufferBytes() {
				return most();
			},
		},
	);
	return rates.map((rate) => {
		const { bytes } = size;
		const sent = size.begin();
		now += (bytes / kibibyte / rate) * 1000;
		sent();
		return bytes / kibibyte;
	});
}
const steady = (rate: number, pieces: number) => Array.from({ length: pieces }, () => rate);

describe('the size of a piece', () => {
	it('is small for a slow connection', () => expect(piecesAt(steady(100, 5))).toEqual([128, 128, 128, 128, 128]));

	it('doubles for a fast one', () => expect(piecesAt(steady(1e6, 5))).toEqual([128, 256, 512, 512, 512]));

	it('stays where a piece takes a tenth of a second', () =>
		expect(piecesAt([1e6, ...steady(2_560, 3)])).toEqual([128, 256, 256, 256]));

	it('follows a connection that becomes slower', () =>
		expect(piecesAt([...steady(1e6, 3), ...steady(300, 4)])).toEqual([128, 256, 512, 512, 256, 128, 128]));

	it('is never more than there is memory for', () => {
		let most = 512 * kibibyte;
		const sizes = piecesAt(steady(1e6, 8), () => (most -= 64 * kibibyte));
		expect(Math.max(...sizes)).toBeLessThanOrEqual(384);
		expect(sizes.at(-1)).toBeLessThan(128);
	});
});

import { partRange } from '../../../masv/transfer/ranges';
import { randomOf } from '../../support/random';

describe('partRange', () => {
	it.each([
		[10, 25, 0, { start: 0, length: 10 }],
		[10, 25, 1, { start: 10, length: 10 }],
		[10, 25, 2, { start: 20, length: 5 }],
		[10, 20, 1, { start: 10, length: 10 }],
		[10, 7, 0, { start: 0, length: 7 }],
		[10, 0, 0, { start: 0, length: 0 }],
	])('finds parts of %i bytes in a file of %i: number %i', (partBytes, bytes, index, range) => {
		expect(partRange({ partBytes }, bytes, index)).toEqual(range);
	});

	it('covers a file without gaps or overlaps, above 2^32 bytes too', () => {
		const random = randomOf(11);
		for (let turn = 0; turn < 20; turn++) {
			const partBytes = random(1, 10_000_000_000);
			const bytes = random(0, 100) * random(1, 100_000_000_000);
			const count = Math.min(100, Math.ceil(bytes / partBytes));
			let end = 0;
			for (let index = 0; index < count; index++) {
				const { start, length } = partRange({ partBytes }, bytes, index);
				expect({ turn, start }).toEqual({ turn, start: end });
				expect(length).toBeGreaterThan(0);
				end += length;
			}
			expect(end).toBe(Math.min(bytes, count * partBytes));
		}
	});
});

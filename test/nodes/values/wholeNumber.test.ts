import { MasvInputError } from '../../../masv/errors';
import { optionalWholeNumber } from '../../../nodes/Masv/values/wholeNumber';

describe('optionalWholeNumber', () => {
	it.each([undefined, 1, 64])('accepts %j', (value) => {
		expect(optionalWholeNumber(value, 'Parallel Parts', 1, 64)).toBe(value);
	});

	it.each([0, 65, 1.5, NaN, '8' as unknown as number])('rejects %j and names the field', (value) => {
		expect(() => optionalWholeNumber(value, 'Parallel Parts', 1, 64)).toThrow(MasvInputError);
		expect(() => optionalWholeNumber(value, 'Parallel Parts', 1, 64)).toThrow('Parallel Parts cannot be');
	});
});

import { MasvInputError } from '../../../masv/errors';
import { toWholeNumber } from '../../../nodes/Masv/values/wholeNumber';

const range = { minValue: 1, maxValue: 64 };

describe('toWholeNumber', () => {
	it.each([1, 64, '8', ' 8 '])('accepts %j', (value) => {
		expect(toWholeNumber(value, 'Parallel Parts', range)).toBe(Number(value));
	});

	it.each([2 ** 53, '9007199254740993'])('rejects %j, which would become another number', (value) => {
		expect(() => toWholeNumber(value, 'Size')).toThrow(`Size cannot be ${2 ** 53}`);
	});

	it.each([
		[0, 'Parallel Parts cannot be 0'],
		[65, 'Parallel Parts cannot be 65'],
		['1.5', 'Parallel Parts cannot be 1.5'],
		[Infinity, 'Parallel Parts cannot be Infinity'],
		[NaN, 'Parallel Parts must be a number, not NaN'],
		['many', 'Parallel Parts must be a number, not "many"'],
		['x'.repeat(61), `Parallel Parts must be a number, not "${'x'.repeat(60)}…"`],
		[' ', 'Parallel Parts must be a number, not " "'],
		[true, 'Parallel Parts must be a number, not true'],
	])('rejects %j, and names the field and the range', (value, message) => {
		const convert = () => toWholeNumber(value, 'Parallel Parts', range);
		expect(convert).toThrow(MasvInputError);
		expect(convert).toThrow(message);
		expect(convert).toThrow(expect.objectContaining({ hint: 'Enter a whole number from 1 to 64.' }) as Error);
	});
});

import { MasvInputError } from '../../masv/errors';
import { path } from '../../masv/path';

describe('path', () => {
	it('escapes what would lead to another route', () => {
		expect(path`/v1/packages/${'a/../b?c#d e%2f'}/files`).toBe('/v1/packages/a%2F..%2Fb%3Fc%23d%20e%252f/files');
	});

	it('keeps an ID as it is', () => {
		expect(path`/v1/packages/${'E1XGADMXPSLEE9NGH7WRWJ069D'}`).toBe('/v1/packages/E1XGADMXPSLEE9NGH7WRWJ069D');
	});

	it('escapes half of an emoji, which is left of a name that was cut off', () => {
		expect(path`/v1/packages/${'Dailies \ud83c'}`).toBe('/v1/packages/Dailies%20%EF%BF%BD');
	});

	it('takes several values', () => {
		expect(path`/a/${'1'}/b/${'2'}`).toBe('/a/1/b/2');
	});

	it.each(['', '  ', '.', '..', 'a\nb', 'a\u0000'])('refuses %j', (value) => {
		expect(() => path`/v1/packages/${value}`).toThrow(MasvInputError);
	});
});

import { optionalText } from '../../../nodes/Masv/values/text';

describe('optionalText', () => {
	it('trims the text, and distinguishes empty from missing', () => {
		expect([optionalText(' a '), optionalText(' '), optionalText(undefined)]).toEqual(['a', undefined, undefined]);
	});
});

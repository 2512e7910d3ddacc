import { MasvInputError } from '../../../masv/errors';
import { optionalText, requiredText } from '../../../nodes/Masv/values/text';

describe('optionalText and requiredText', () => {
	it('trim the text, and distinguish empty from missing', () => {
		expect([optionalText(' a '), optionalText(' '), optionalText(undefined)]).toEqual(['a', undefined, undefined]);
		expect(requiredText(' a ', 'Name', 'Write one')).toBe('a');
		expect(() => requiredText(' ', 'Name', 'Write one')).toThrow('Name is empty');
		expect(() => requiredText(7 as unknown as string, 'Name', 'Write one')).toThrow(MasvInputError);
	});
});

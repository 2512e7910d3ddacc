import { toBoolean } from '../../../nodes/Masv/values/boolean';

it.each(['constructor', 'toString', '__proto__'])('refuses the text %j, which every object has', (text) => {
	expect(() => toBoolean(text, 'Simplify')).toThrow('Simplify');
});

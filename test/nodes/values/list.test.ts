import { toList } from '../../../nodes/Masv/values/list';

describe('toList', () => {
	it.each<[unknown, string[]]>([
		['a, b;c\nd\r\n e ,, ', ['a', 'b', 'c', 'd', 'e']],
		[
			['a', 'b, c', 7, null],
			['a', 'b', 'c', '7'],
		],
		['', []],
		[undefined, []],
	])('converts %j to a list', (value, list) => {
		expect(toList(value, 'Tags')).toEqual(list);
	});

	it.each([{ a: 1 }, [['a']], [{ a: 1 }], true])('rejects %j', (value) => {
		expect(() => toList(value, 'Tags')).toThrow('Tags must be text');
	});
});

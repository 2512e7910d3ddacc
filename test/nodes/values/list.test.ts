import { optionalList, toList } from '../../../nodes/Masv/values/list';

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
		expect(toList(value)).toEqual(list);
		expect(optionalList(value)).toEqual(list.length === 0 ? undefined : list);
	});
});

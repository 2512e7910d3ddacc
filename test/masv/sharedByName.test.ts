import { sharedByName } from '../../masv/sharedByName';

describe('values that are shared by name', () => {
	it('are created once for each name', () => {
		const valueOf = sharedByName<{ name: string }>();
		const first = valueOf('a', () => ({ name: 'a' }));
		expect(valueOf('b', () => ({ name: 'b' }))).toEqual({ name: 'b' });
		expect(valueOf('a', () => ({ name: 'another' }))).toBe(first);
	});

	it('do not grow without bound', () => {
		const valueOf = sharedByName<number>();
		for (let count = 0; count < 1_000; count++) valueOf(`${count}`, () => count);
		expect(valueOf('0', () => -1)).toBe(0);
		expect(valueOf('one more', () => 1_000)).toBe(1_000);
		expect(valueOf('0', () => -1)).toBe(-1);
	});
});

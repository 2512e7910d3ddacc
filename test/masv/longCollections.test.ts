import { LongMap, LongSet } from '../../masv/longCollections';

/** More than three segments. */
const many = 60_000;
const numbers = Array.from({ length: many }, (_, index) => index);

/** Changes both in the same way, at places in all segments. */
function change(map: Map<string, number>): void {
	for (const number of numbers) map.set(`key${number}`, number);
	for (let number = 0; number < many; number += 7) map.set(`key${number}`, -number);
	for (let number = 0; number < many; number += 11) map.delete(`key${number}`);
	for (let number = 0; number < many; number += 22) map.set(`key${number}`, number + 0.5);
}

describe('a long map', () => {
	it('has the entries and the order of a Map', () => {
		const [long, map] = [new LongMap<string, number>(), new Map<string, number>()];
		change(long);
		change(map);
		// Keys that were deleted from an earlier segment come last, as in a Map.
		expect([...long]).toEqual([...map]);
		expect([...long.keys()]).toEqual([...map.keys()]);
		expect([...long.values()]).toEqual([...map.values()]);
		expect(long.size).toBe(map.size);
		const each: Array<[string, number]> = [];
		long.forEach((value, key) => each.push([key, value]));
		expect(each).toEqual([...map]);
	});

	it('finds and deletes what a Map does', () => {
		const [long, map] = [new LongMap<string, number>(), new Map<string, number>()];
		change(long);
		change(map);
		const keys = [...numbers, many, many + 1].map((number) => `key${number}`);
		expect(keys.map((key) => long.get(key))).toEqual(keys.map((key) => map.get(key)));
		expect(keys.map((key) => long.has(key))).toEqual(keys.map((key) => map.has(key)));
		expect(keys.map((key) => long.delete(key))).toEqual(keys.map((key) => map.delete(key)));
		expect([long.size, ...long]).toEqual([0]);
	});

	it('is empty after it was cleared', () => {
		const long = new LongMap(numbers.map((number): [number, number] => [number, number]));
		expect(long.size).toBe(many);
		long.clear();
		expect([long.size, ...long]).toEqual([0]);
		expect([...long.set(1, 2)]).toEqual([[1, 2]]);
	});

	it('can have undefined as a value', () => {
		const long = new LongMap<string, undefined>([['key', undefined]]);
		expect(long.has('key')).toBe(true);
	});
});

describe('a long set', () => {
	it('has the members and the order of a Set', () => {
		const [long, set] = [new LongSet<number>(), new Set<number>()];
		for (const each of [long, set]) {
			for (const number of numbers) each.add(number % 50_000);
			for (let number = 0; number < many; number += 11) each.delete(number);
			each.add(0);
		}
		expect([...long]).toEqual([...set]);
		expect([...long.keys()]).toEqual([...set]);
		expect([...long.entries()]).toEqual([...set.entries()]);
		expect([long.size, long.has(0), long.has(11), long.has(49_999)]).toEqual([set.size, true, false, true]);
		const each: number[] = [];
		long.forEach((value) => each.push(value));
		expect(each).toEqual([...set]);
		long.clear();
		expect([long.size, ...long]).toEqual([0]);
	});
});

import type { NamedSource } from '../../../nodes/Masv/files/namedSource';
import { distinctSources, groupByFile } from '../../../nodes/Masv/files/namedSource';

const source = (location: string | undefined, path = '', name = 'a') =>
	({
		kind: 'stream',
		name,
		path,
		bytes: 1,
		modifiedAt: new Date(0),
		describedAs: 'x',
		location,
	}) as unknown as NamedSource;

describe('distinctSources', () => {
	it('lists a file on disk once per path in the package', () => {
		const [a, again, elsewhere] = [source('/a'), source('/a'), source('/a', 'b')];
		expect(distinctSources([a, again, elsewhere])).toEqual([a, elsewhere]);
	});

	it('never treats two binary fields as one file', () => {
		expect(distinctSources([source(undefined), source(undefined)])).toHaveLength(2);
	});
});

describe('groupByFile', () => {
	it('lists all items that request a file', () => {
		const [a, again, binary, other] = [source('/a'), source('/a'), source(undefined), source(undefined)];
		const asked = [a, binary, again, other].map((one, itemIndex) => ({ source: one, itemIndex }));
		expect(groupByFile(asked)).toEqual([
			{ source: a, itemIndexes: [0, 2] },
			{ source: binary, itemIndexes: [1] },
			{ source: other, itemIndexes: [3] },
		]);
	});
});

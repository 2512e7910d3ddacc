import type { NamedSource } from '../../../nodes/Masv/files/namedSource';
import { distinctSources, groupByFile } from '../../../nodes/Masv/files/namedSource';
import { instantClock } from '../../support/instantClock';

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
	it('lists a file on disk once per path in the package', async () => {
		const [a, again, elsewhere] = [source('/a'), source('/a'), source('/a', 'b')];
		expect(await distinctSources([a, again, elsewhere], instantClock())).toEqual([a, elsewhere]);
	});

	it('never treats two binary fields as one file', async () => {
		expect(await distinctSources([source(undefined), source(undefined)], instantClock())).toHaveLength(2);
	});

	it('looks at a long list in turns with other work of the process', async () => {
		const clock = instantClock();
		const many = Array.from({ length: 3_500 }, (_, index) => source(`/${index}`));
		expect(await distinctSources(many, clock)).toHaveLength(3_500);
		expect(clock.slept).toEqual([0, 0, 0]);
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

import { MasvCancelledError } from '../../../masv/errors';
import type { RangeSource } from '../../../masv/transfer/source';
import { findChanged } from '../../../masv/upload/findChanged';
import { failureOf } from '../../support/failureOf';
import { patternBytes, rangeOf } from '../../support/testSources';

const sources = Array.from({ length: 100 }, (_, index): RangeSource => rangeOf(`f${index}`, patternBytes(10, index)));

describe('looking at files again', () => {
	it('ends when the run is stopped, also if their disk hangs', async () => {
		const stop = new AbortController();
		const hanging = sources.map((source): RangeSource => ({ ...source, open: () => new Promise(() => {}) }));
		const looking = findChanged(hanging, stop.signal);
		stop.abort();
		expect(await failureOf(looking)).toBeInstanceOf(MasvCancelledError);
	});

	it('opens no further file once the run is stopped', async () => {
		const stop = new AbortController();
		let opened = 0;
		const counted = sources.map((source): RangeSource => ({
			...source,
			open: async () => {
				if (++opened === 20) stop.abort();
				return await source.open();
			},
		}));
		expect(await failureOf(findChanged(counted, stop.signal))).toBeInstanceOf(MasvCancelledError);
		expect(opened).toBeLessThan(30);
	});

	it('names those that cannot be sent as they were planned', async () => {
		const [first, second, third] = sources as [RangeSource, RangeSource, RangeSource];
		const grown = { ...second, bytes: 9 };
		const gone = {
			...third,
			open: async () => await Promise.reject(Object.assign(new Error('x'), { code: 'ENOENT' })),
		};
		const changed = await findChanged([first, grown, gone], new AbortController().signal);
		expect([...changed].map(([place, { code }]) => [place, code]).sort()).toEqual([
			['f1', 'file_changed'],
			['f2', 'file_not_readable'],
		]);
	});
});

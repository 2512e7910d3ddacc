import type { StreamSource } from '../../masv/transfer/source';
import { describeRangeSource, describeStreamSource } from '../contracts/fileSource';
import { rangeOf, streamOf } from './testSources';

describeRangeSource('the range of a test', (content) => ({ source: rangeOf('a', content) }), { isFile: false });

describe.each([[[65_536]], [[1, 70_000, 13]]])('in pieces of %j bytes', (sizes) => {
	describeStreamSource('the stream of a test', (content) => ({
		source: streamOf('a', content, sizes) as StreamSource,
	}));
});

import { diskSource } from '../../../masv/node/diskSource';
import type { FileSource, RangeSource, StreamSource } from '../../../masv/transfer/source';
import { maxSmallBytes, readAhead } from '../../../masv/upload/readAhead';
import { describeRangeSource, describeStreamSource } from '../../contracts/fileSource';
import { useTestFiles } from '../../support/testFiles';
import { patternBytes, rangeOf, streamOf } from '../../support/testSources';

const createFile = useTestFiles();

/** As it is sent: in the middle of small files, which are opened and read together with it. */
function amongOthers(source: FileSource): FileSource {
	const others = [1, 2].map((index) => rangeOf(`other ${index}`, patternBytes(100, index)));
	return readAhead([others[0] as RangeSource, source, others[1] as RangeSource]).source(1);
}

describeRangeSource(
	'a large file on disk, read ahead',
	async (content) => {
		const { location, facts } = await createFile(content);
		const large = amongOthers(diskSource(location, { ...facts, bytes: maxSmallBytes + 1 })) as RangeSource;
		return { source: { ...large, bytes: facts.bytes }, location };
	},
	{ isFile: true },
);

describeRangeSource(
	'a small file on disk, read ahead',
	async (content) => {
		const { location, facts } = await createFile(content);
		return { source: amongOthers(diskSource(location, facts)) as RangeSource };
	},
	{ isFile: false },
);

describeRangeSource(
	'bytes in memory, read ahead',
	(content) => ({ source: amongOthers(rangeOf('a', content)) as RangeSource }),
	{ isFile: false },
);

describeStreamSource('a stream among files that are read ahead', (content) => ({
	source: amongOthers(streamOf('a', content)) as StreamSource,
}));

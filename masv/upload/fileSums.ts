import type { Hashing } from '../hashing';
import { LongMap } from '../longCollections';
import type { FileSource, RangeSource, StreamSource } from '../transfer/source';
import type { FileSum } from './fileSum';
import { createRangeSum } from './rangeSum';
import { createStreamSum } from './streamSum';

/** The MD5s of the files of one upload. */
export interface FileSums {
	/** A file to be uploaded instead of the given one, so that its content is hashed while it is read. */
	follow(source: FileSource): FileSource;
	/** See {@link FileSum}. @param source as returned by `follow` */
	finish(source: FileSource): Promise<string>;
	/** What `finish` has returned last for this file. Undefined: it has not been called. */
	latest(source: FileSource): string | undefined;
	/** To be called once a file that is followed is not read any more. */
	release(source: FileSource): void;
}

export function createFileSums(hashing: Pick<Hashing, 'md5'>): FileSums {
	const sums = new LongMap<FileSource, FileSum<RangeSource> | FileSum<StreamSource>>();
	const finished = new LongMap<FileSource, string>();
	return {
		follow: (source) => {
			const sum = source.kind === 'range' ? createRangeSum(source, hashing) : createStreamSum(source, hashing);
			sums.set(sum.source, sum);
			return sum.source;
		},
		finish: async (source) => {
			const sum = sums.get(source);
			if (sum === undefined) throw new Error('This file is not followed');
			const md5 = await sum.finish();
			finished.set(source, md5);
			return md5;
		},
		latest: (source) => finished.get(source),
		release: (source) => {
			sums.get(source)?.release();
			sums.delete(source);
			finished.delete(source);
		},
	};
}

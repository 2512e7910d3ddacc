import { describeProgress } from '../../../nodes/Masv/files/progressText';

const mebibyte = 1024 * 1024;
const progress = {
	bytes: 300 * mebibyte,
	totalBytes: 1000 * mebibyte,
	files: 3,
	totalFiles: 7,
	bytesPerSecond: 10 * mebibyte,
	secondsLeft: 70,
	checkedBytes: 0,
	bytesToCheck: 0,
};

describe('the progress in the log', () => {
	it.each([
		['of an upload', {}, 'MASV upload: 30 %, 300 MiB of 1000 MiB, 3 of 7 files, 10.0 MiB/s, 1 min 10 s left'],
		[
			'of a stalled upload',
			{ bytesPerSecond: 0, secondsLeft: undefined },
			'MASV upload: 30 %, 300 MiB of 1000 MiB, 3 of 7 files, 0 bytes/s',
		],
		[
			'while files are compared and others sent',
			{ checkedBytes: 20 * mebibyte, bytesToCheck: 50 * mebibyte },
			'MASV upload: 30 %, 300 MiB of 1000 MiB, 3 of 7 files, compared 20.0 MiB of 50.0 MiB uploaded earlier, 10.0 MiB/s, 1 min 10 s left',
		],
		[
			'while files are compared and nothing is sent',
			{ bytes: 0, bytesPerSecond: 0, secondsLeft: undefined, checkedBytes: 20 * mebibyte, bytesToCheck: 50 * mebibyte },
			'MASV upload: 0 %, 0 bytes of 1000 MiB, 3 of 7 files, compared 20.0 MiB of 50.0 MiB uploaded earlier',
		],
		[
			'after files have been compared',
			{ checkedBytes: 50 * mebibyte, bytesToCheck: 50 * mebibyte },
			'MASV upload: 30 %, 300 MiB of 1000 MiB, 3 of 7 files, 10.0 MiB/s, 1 min 10 s left',
		],
		[
			'where MASV does not tell all sizes',
			{ totalBytes: undefined, secondsLeft: undefined },
			'MASV upload: 300 MiB, 3 of 7 files, 10.0 MiB/s',
		],
		[
			'at the end',
			{ bytes: 1000 * mebibyte, files: 7, totalFiles: 7 },
			'MASV upload: 100 %, 1000 MiB of 1000 MiB, 7 of 7 files',
		],
	])('%s', (_, change, text) => expect(describeProgress({ ...progress, ...change })).toBe(text));
});

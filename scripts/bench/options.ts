import { listOf, readOptions, text, UsageError, wholeNumber } from '../commandLine/options.ts';

export const mebibyte = 1024 * 1024;

export interface Options {
	/** Bytes. */
	sizes: number[];
	rounds: number;
	/** Size of the file sent over the slow link. */
	linkBytes: number;
	smallFiles: number;
	/** Names of lines and cells to measure, see `lines.ts`; undefined for all. */
	lines: string[] | undefined;
	cells: string[] | undefined;
	/** Of a cell: warm-up and measured time, in seconds. */
	cellSeconds: [warmUp: number, measured: number];
	/** Keys of the rows to measure; undefined for all. */
	only: string[] | undefined;
	/** A packed package; undefined to pack this checkout. */
	packageTarball: string | undefined;
	/** Parent of the folder for the files; undefined for the system's temporary folder. */
	folder: string | undefined;
	/** Where downloads are written; undefined for a memory file system, if there is one. */
	targetFolder: string | undefined;
	/** Whether the server has the lowest priority, so that it leaves the processors to what is measured. */
	serverYields: boolean;
	/** Whether to write the result to docs/benchmarks.md. */
	write: boolean;
}

export const help = `npm run bench -- [options]

  --size 1GiB,8GiB    file sizes (default: these)
  --rounds 5          number of rounds; results are their medians (default: 5)
  --only ROW,ROW      measure only these rows: limit, curl, masv-disk, masv-disk-100m, masv-disk-always,
                      masv-disk-never, masv-stream, lib-storage, n8n-masv-disk, n8n-masv-binary, n8n-aws-s3, small-bare,
                      small-masv, link-curl, link-masv, link-masv-8, link-masv-64, link-lib-storage, far-small-masv, trigger-webhook,
                      trigger-webhook-auth, trigger-masv, get-limit, get-aria2c, get-curl, get-curl-8, get-rclone, get-masv-disk,
                      get-masv-disk-16, get-masv-disk-64, get-masv-disk-always, get-masv-disk-never,
                      get-n8n-masv-disk, get-n8n-masv-binary, get-n8n-http, get-n8n-s3, get-small-masv,
                      get-small-bare. "get" is all downloads. "lines" compares numbers of connections on several
                      lines, and is measured only if it is named
  --lines LINE,LINE   only these lines: 1ms, 20ms, 80ms-0.1, 80ms-1, 200ms-0.1, 10MiB, 100MiB,
                      slowdown (a storage that answers SlowDown)
  --cells CELL,CELL   only these cells: send-N, get-N, and of a C program send-raw-N and get-raw-N, with N = 8, 16, 32, 64
                      connections; send-automatic, get-automatic, send-ten (ten files at the same time)
  --cell-seconds 20,60  warm-up and measured time of each cell (default: these)
  --files 100000      number of small files (default: 2,000)
  --link-size 256MiB  size of the file sent over the slow link (default: 64 MiB)
  --quick             256 MiB, 3 rounds, a smaller file over the slow link
  --package FILE      use a packed package (npm pack) instead of this checkout
  --folder FOLDER     create the files here instead of in the temporary folder; needs about twice the file size
  --target FOLDER     write downloads here instead of to /dev/shm, so that the disk counts as well
  --server-yields     give the server the lowest priority: MASV's shares no processor with its clients
  --write             write docs/benchmarks.md
`;

/** Ends the process if an option is unknown or has an invalid value. */
export function readBenchOptions(): Options {
	const isQuick = process.argv.includes('--quick');
	const given = readOptions(help, {
		flags: ['quick', 'server-yields', 'write'],
		options: {
			size: { default: isQuick ? '256MiB' : '1GiB,8GiB', read: listOf(size) },
			rounds: { default: isQuick ? '3' : '5', read: wholeNumber(1) },
			'link-size': { default: isQuick ? '16MiB' : '64MiB', read: size },
			files: { default: '2000', read: wholeNumber(1) },
			lines: { read: listOf(text) },
			cells: { read: listOf(text) },
			'cell-seconds': { default: '20,60', read: warmUpAndMeasured },
			only: { read: listOf(text) },
			package: { read: text },
			folder: { read: text },
			target: { read: text },
		},
	});
	const { size: sizes, rounds, files: smallFiles, lines, cells, only, folder, write } = given;
	return {
		sizes,
		rounds,
		linkBytes: given['link-size'],
		smallFiles,
		lines,
		cells,
		cellSeconds: given['cell-seconds'],
		only,
		packageTarball: given.package,
		folder,
		targetFolder: given.target,
		serverYields: given['server-yields'],
		write,
	};
}

function warmUpAndMeasured(given: string, name: string): [warmUp: number, measured: number] {
	const [warmUp = NaN, measured = NaN] = given.split(',').map(Number);
	if (!(warmUp >= 0 && measured > 0))
		throw new UsageError(`${name} must be a pair of times such as 20,60, not "${given}"`);
	return [warmUp, measured];
}

/** Bytes. */
function size(given: string, name: string): number {
	const [, count, unit = ''] = /^(\d+)(MiB|GiB)$/.exec(given.trim()) ?? [];
	if (count === undefined) throw new UsageError(`${name} must be a size such as 256MiB or 8GiB, not "${given}"`);
	return Number(count) * mebibyte * (unit === 'GiB' ? 1024 : 1);
}

export function sizeText(bytes: number): string {
	return bytes % (1024 * mebibyte) === 0 ? `${bytes / mebibyte / 1024} GiB` : `${bytes / mebibyte} MiB`;
}

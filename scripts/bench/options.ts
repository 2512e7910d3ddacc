export const mebibyte = 1024 * 1024;

export interface Options {
	/** Bytes. */
	sizes: number[];
	rounds: number;
	/** Of the file over the long line. */
	linkBytes: number;
	smallFiles: number;
	/** Keys of the rows to be measured; undefined for all. */
	only: string[] | undefined;
	/** A packed package instead of a fresh one of this checkout. */
	packageTarball: string | undefined;
	/** Where the files go. */
	folder: string | undefined;
	/** Whether the result becomes docs/benchmarks.md. */
	write: boolean;
}

export const help = `npm run bench -- [options]

  --size 1GiB,8GiB    sizes of the file (these are the default)
  --rounds 5          of which the median counts
  --only ROW,ROW      limit, curl, masv-disk, masv-disk-100m, masv-stream, lib-storage, n8n-masv-disk, n8n-masv-binary,
                      n8n-aws-s3, small-bare, small-masv, link-curl, link-masv, link-lib-storage, trigger-webhook,
                      trigger-webhook-auth, trigger-masv
  --quick             256 MiB, 3 rounds, a shorter file over the long line
  --package FILE      a packed package (npm pack) instead of this checkout
  --folder FOLDER     where the files go, instead of the folder for temporary files; needs about twice the size
  --write             write docs/benchmarks.md
`;

/** @throws Error for an option that there is not */
export function readOptions(words: string[]): Options {
	const isQuick = words.includes('--quick');
	const options: Options = {
		sizes: isQuick ? [256 * mebibyte] : [1024 * mebibyte, 8192 * mebibyte],
		rounds: isQuick ? 3 : 5,
		linkBytes: (isQuick ? 16 : 64) * mebibyte,
		smallFiles: 2_000,
		only: undefined,
		packageTarball: undefined,
		folder: undefined,
		write: false,
	};
	const left = [...words];
	const value = (name: string): string => {
		const given = left.shift();
		if (given === undefined) throw new Error(`${name} needs a value`);
		return given;
	};
	for (let word = left.shift(); word !== undefined; word = left.shift()) {
		if (word === '--size') options.sizes = value(word).split(',').map(parseSize);
		else if (word === '--rounds') options.rounds = Number(value(word));
		else if (word === '--only') options.only = value(word).split(',');
		else if (word === '--package') options.packageTarball = value(word);
		else if (word === '--folder') options.folder = value(word);
		else if (word === '--write') options.write = true;
		else if (word !== '--quick') throw new Error(`There is no option ${word}\n\n${help}`);
	}
	if (!(options.rounds >= 1)) throw new Error('--rounds needs a number of 1 or more');
	return options;
}

function parseSize(text: string): number {
	const [, count, unit = ''] = /^(\d+)(MiB|GiB)$/.exec(text.trim()) ?? [];
	if (count === undefined) throw new Error(`"${text}" is not a size such as 256MiB or 8GiB`);
	return Number(count) * mebibyte * (unit === 'GiB' ? 1024 : 1);
}

export function sizeText(bytes: number): string {
	return bytes % (1024 * mebibyte) === 0 ? `${bytes / mebibyte / 1024} GiB` : `${bytes / mebibyte} MiB`;
}

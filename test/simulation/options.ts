import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

export const help = `Runs simulated histories of the uploader, the downloader, or the jobs; each seed is one.

  npm run test:simulation -- --seeds 1000000          so many, from 1
  npm run test:simulation -- --seeds 1000 --from 5000
  npm run test:simulation -- --seed 4711              one, with all that happened

  --deaths    the uploader; the first run of each seed ends after each line that it writes to the journal, in turn
  --downloads the downloader
  --sync      the jobs that send or receive what is new
  --jobs N    processes; default: one per processor
  --all       go on after the first failure, and sum up which rules are broken by which seeds
  --list      the same, with a line for each broken rule`;

export interface Options {
	from: number;
	seeds: number;
	/** Print the history even if no rule is broken. */
	isSingle: boolean;
	what: 'uploads' | 'deaths' | 'downloads' | 'sync';
	jobs: number;
	all: boolean;
	list: boolean;
	help: boolean;
}

/** @throws Error for unknown options and values that are no numbers */
export function readOptions(args: string[]): Options {
	const { values } = parseArgs({
		args,
		options: {
			seed: { type: 'string' },
			seeds: { type: 'string', default: '2000' },
			from: { type: 'string', default: '1' },
			deaths: { type: 'boolean', default: false },
			downloads: { type: 'boolean', default: false },
			sync: { type: 'boolean', default: false },
			jobs: { type: 'string', default: String(availableParallelism()) },
			all: { type: 'boolean', default: false },
			list: { type: 'boolean', default: false },
			help: { type: 'boolean', default: false },
		},
	});
	const isSingle = values.seed !== undefined;
	return {
		from: toNumber(values.seed ?? values.from),
		seeds: isSingle ? 1 : toNumber(values.seeds),
		isSingle,
		what: whatOf(values),
		jobs: toNumber(values.jobs),
		all: values.all || values.list,
		list: values.list,
		help: values.help,
	};
}

function whatOf({ deaths, downloads, sync }: Record<'deaths' | 'downloads' | 'sync', boolean>): Options['what'] {
	if (sync) return 'sync';
	if (downloads) return 'downloads';
	return deaths ? 'deaths' : 'uploads';
}

function toNumber(text: string): number {
	const number = Number(text);
	if (!Number.isInteger(number) || number < 1) throw new Error(`"${text}" is not a whole number above 0`);
	return number;
}

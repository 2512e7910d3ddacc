import type { MasvClient } from '../client';
import type { CheckableFile, CheckableFiles } from './checkMd5Lists';
import type { EntryResults } from './downloadEntries';
import type { ReceivePlan } from './planReceive';
import { pathOf } from './planReceive';
import { md5Of, readWhole } from './readTarget';
import type { TargetFolder, TargetPlace } from './target';

interface ThereFile extends CheckableFile {
	place: TargetPlace;
	/** Of what was received in this run, if it was computed then. */
	md5: string | undefined;
}

/** What is in the folder of a package. A file whose MD5 was computed while it was received is not read again. */
export function md5sOfFolder(
	{ hashing, signal }: MasvClient,
	folder: TargetFolder,
	plan: ReceivePlan,
	results: EntryResults,
): CheckableFiles<ThereFile> {
	return {
		there: filesThere(plan, results),
		left: plan.skipped.flatMap(({ path, place }) => (place === undefined ? [path] : [])),
		read: async ({ place }, maxBytes) => await readWhole(folder, place, maxBytes, signal),
		md5Of: async ({ place, md5 }) => md5 ?? (await md5Of(folder, place, hashing, signal)),
	};
}

function* filesThere({ jobs, skipped }: ReceivePlan, results: EntryResults): Generator<ThereFile> {
	for (const [index, job] of jobs.entries()) {
		const result = results[index];
		if (result?.status !== 'fulfilled') continue;
		yield { path: pathOf(job.entry), entry: job.entry, place: job, md5: result.value.md5 ?? undefined };
	}
	for (const { path, entry, place } of skipped) if (place !== undefined) yield { path, entry, place, md5: undefined };
}

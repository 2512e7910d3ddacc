import type { Clock } from '../clock';
import { noDate, parseDate } from '../dates';
import { inTurns } from '../inTurns';
import { LongSet } from '../longCollections';
import { isSentFile } from '../packages/files';
import type { MasvFile } from '../schemas';
import { relativePath } from '../transfer/places';
import type { PackageEntry } from './selectFiles';

/** An entry of a package as MASV lists it. Everything but its ID may be missing. */
export function toPackageEntry(file: MasvFile): PackageEntry {
	const modifiedMs = parseDate(file.last_modified);
	return {
		id: file.id,
		kind: file.kind === 'directory' ? 'directory' : 'file',
		path: relativePath(file.path ?? ''),
		name: file.name ?? '',
		bytes: isSize(file.size) ? file.size : undefined,
		modifiedMs: modifiedMs > noDate ? modifiedMs : undefined,
		isArchive: !isSentFile(file),
		isUnfinished: file.completed === false,
		hasVirus: file.virus_detected === true,
	};
}

/** Reads a list entry by entry. Files in one folder share the text of its path. */
export function createEntryReader(): (file: MasvFile) => PackageEntry {
	let latest = '';
	return (file) => {
		const entry = toPackageEntry(file);
		if (entry.path === latest) entry.path = latest;
		else latest = entry.path;
		return entry;
	};
}

/** Each ID once, as it comes first. In turns with other work of the process. */
export async function onceEach<E extends PackageEntry>(
	entries: readonly E[],
	clock: Pick<Clock, 'sleep'>,
): Promise<E[]> {
	const once: E[] = [];
	const seen = new LongSet<string>();
	await inTurns(entries, clock, (entry) => {
		if (seen.has(entry.id)) return;
		seen.add(entry.id);
		once.push(entry);
	});
	return once;
}

function isSize(size: number | undefined): size is number {
	return size !== undefined && Number.isSafeInteger(size) && size >= 0;
}

import type { Clock } from '../clock';
import { parseDate } from '../dates';
import { inTurns } from '../inTurns';
import type { MasvFile } from '../schemas';
import type { PackageEntry } from './selectFiles';

/** An entry of a package as MASV lists it. Everything but its ID may be missing. */
export function toPackageEntry(file: MasvFile): PackageEntry {
	const modifiedMs = parseDate(file.last_modified);
	const isDate = modifiedMs > parseDate('0001-01-01T00:00:00.000Z');
	return {
		id: file.id,
		kind: file.kind === 'directory' ? 'directory' : 'file',
		path: file.path ?? '',
		name: file.name ?? '',
		bytes: isSize(file.size) ? file.size : undefined,
		modifiedAt: isDate ? new Date(modifiedMs) : undefined,
		file,
	};
}

/** Each ID once, as it comes first. In turns with other work of the process. */
export async function toPackageEntries(
	files: readonly MasvFile[],
	clock: Pick<Clock, 'sleep'>,
): Promise<PackageEntry[]> {
	const entries: PackageEntry[] = [];
	const seen = new Set<string>();
	await inTurns(files, clock, (file) => {
		if (seen.has(file.id)) return;
		seen.add(file.id);
		entries.push(toPackageEntry(file));
	});
	return entries;
}

function isSize(size: number | undefined): size is number {
	return size !== undefined && Number.isSafeInteger(size) && size >= 0;
}

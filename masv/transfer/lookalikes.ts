import type { Clock } from '../clock';
import { inTurns } from '../inTurns';
import { LongMap, LongSet } from '../longCollections';
import type { Place } from './places';
import { labelOf, parentOf } from './places';

interface Seen {
	label: string;
	isFile: boolean;
}

/**
 * Warnings about places that are one and the same to some receivers: Windows and macOS ignore case, macOS also the Unicode
 * form, and no disk can have a file and a folder at one path. The delivery is complete, but there, one file replaces the
 * other, or two folders become one. Warnings and no errors, because most storage services keep all of them apart.
 * @param files see `checkPlaces` for files that differ in Unicode form only
 * @param emptyFolders folders in which no file is
 */
export async function describeLookalikes(
	files: readonly Place[],
	emptyFolders: readonly Place[],
	clock: Pick<Clock, 'sleep'>,
): Promise<string[]> {
	const warnings: string[] = [];
	const known = new LongMap<string, Seen>();
	const look = (seen: Seen): void => {
		const folded = seen.label.normalize('NFC').toLowerCase();
		const other = known.get(folded);
		if (other === undefined) known.set(folded, seen);
		else if (isWorthTelling(other, seen)) warnings.push(describe(other, seen));
	};
	const paths = new LongSet<string>();
	const lookAtFolder = (path: string): void => {
		if (path === '' || paths.has(path)) return;
		paths.add(path);
		lookAtFolder(parentOf(path));
		look({ label: path, isFile: false });
	};
	await inTurns(emptyFolders, clock, (folder) => lookAtFolder(labelOf(folder)));
	await inTurns(files, clock, (file) => {
		lookAtFolder(file.path);
		look({ label: labelOf(file), isFile: true });
	});
	return warnings;
}

/** Equal names in folders that look alike: of folders that is no news, but each file replaces the other. */
function isWorthTelling(one: Seen, other: Seen): boolean {
	return one.isFile || other.isFile || lastPart(one.label) !== lastPart(other.label);
}

function describe(one: Seen, other: Seen): string {
	if (one.isFile !== other.isFile) {
		const [file, folder] = one.isFile ? [one, other] : [other, one];
		return `The file "${file.label}" and the folder "${folder.label}" have the same path. Most receivers can download only one of them.`;
	}
	const both = `"${one.label}" and "${other.label}"`;
	const isSpelling = one.label.normalize('NFC') === other.label.normalize('NFC');
	const how = isSpelling ? 'in how accented characters are encoded' : 'in upper and lower case';
	const where = isSpelling ? 'On macOS' : 'On Windows and macOS';
	return one.isFile
		? `The files ${both} differ only ${how}. ${where}, one of them replaces the other.`
		: `The folders ${both} differ only ${how}. ${where}, they become one folder.`;
}

function lastPart(label: string): string {
	return label.slice(label.lastIndexOf('/') + 1);
}

import { epochMs } from '../simClock';
import type { Habits } from './habits';
import type { Entry, Package } from './model';
import { stateOf } from './model';

export function dateOf(atMs: number): string {
	return new Date(epochMs + atMs).toISOString();
}

/** A package as MASV shows it. */
export function packageView(shown: Package, atMs: number, token: string): Record<string, unknown> {
	return {
		id: shown.id,
		name: shown.name,
		state: stateOf(shown, atMs),
		access_token: token,
		created_at: dateOf(shown.createdAt),
		total_files: shown.entries.length,
	};
}

/** The files of a package as they were at `atMs`. */
export function filesView(of: Package, atMs: number, habits: Habits): unknown[] {
	const { id, finalizedAt } = of;
	const isHidden = ({ hidden }: Entry): boolean => hidden !== undefined && hidden.from <= atMs && atMs < hidden.until;
	const isShown = (entry: Entry): boolean =>
		entry.createdAt <= atMs && !isHidden(entry) && (entry.removedAt === undefined || entry.removedAt > atMs);
	const shown = of.entries.filter(isShown);
	const directories = of.directories.filter(isShown);
	const files = [
		...directories.map((entry) => ({ ...fileView(entry, atMs, habits), kind: 'directory' })),
		...shown.map((entry) => fileView(entry, atMs, habits)),
	];
	if (!habits.listsFolders) return files;
	const folders = [...new Set(shown.map(({ path }) => path))].filter((path) => path !== '');
	const archives = finalizedAt !== undefined && finalizedAt <= atMs ? ['zip_windows', 'zip_mac'] : [];
	return [
		...folders.map((name, index) => ({ id: `${id}D${index}`, kind: 'directory', name, path: '' })),
		...files,
		...archives.map((kind) => ({ id: `${id}${kind}`, kind, name: `${kind}.zip` })),
	];
}

function fileView(entry: Entry, atMs: number, habits: Habits): Record<string, unknown> {
	const isComplete = !habits.neverCompleted && entry.completedAt !== undefined && entry.completedAt <= atMs;
	return {
		id: entry.id,
		kind: 'file',
		name: spelled(lettersOf(entry.name, habits), habits),
		path: `${habits.leadingSlash ? '/' : ''}${lettersOf(entry.path, habits)}`,
		size: entry.size,
		last_modified: lastModifiedOf(entry.lastModified, habits),
		virus_detected: false,
		...(habits.showsCompleted && { completed: isComplete }),
	};
}

function spelled(name: string, { spelling }: Habits): string {
	if (spelling === 'upper case') return name.toUpperCase();
	return spelling === 'replaced' ? name.replace(/[^a-z]/g, '_') : name;
}

function lettersOf(text: string, { unicode }: Habits): string {
	return unicode === 'as sent' ? text : text.normalize(unicode);
}

function lastModifiedOf(sent: string, { lastModified }: Habits): string {
	const at = Date.parse(sent);
	if (lastModified === 'as sent' || Number.isNaN(at)) return sent;
	if (lastModified === 'whole seconds') return `${new Date(at).toISOString().slice(0, 19)}Z`;
	return `${new Date(at - 4 * 3_600_000).toISOString().slice(0, 19)}-04:00`;
}

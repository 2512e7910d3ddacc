import type { Dice } from '../dice';
import type { Inode } from '../download/inode';
import { pathOf } from '../download/inode';
import { inboxFolder } from './inboxJudge';
import type { InboxWorld } from './inboxWorld';

/** Nothing of the package has to be there. */
export const otherFolder = '/other';

/** What people do in the folder that packages are received into. */
export function meddleFolder(world: InboxWorld, dice: Dice): void {
	const { disk } = world;
	const folders = [...(disk.find(inboxFolder)?.entries.values() ?? [])].filter(
		({ kind, by, name }) => kind === 'folder' && by !== 'somebody' && !name.endsWith('.moved'),
	);
	if (folders.length === 0) return;
	const folder = dice.pick(folders);
	if (dice.chance(0.5)) removeFile(world, folder, dice);
	else placeLink(world, folder);
}

/** Somebody has no use for a file any more. */
function removeFile({ disk, judge, timeline }: InboxWorld, folder: Inode, dice: Dice): void {
	const names = [...folder.entries].flatMap(([name, { kind }]) =>
		kind === 'file' && !name.startsWith('.') && !name.endsWith('.part') ? [name] : [],
	);
	if (names.length === 0) return;
	const path = `${pathOf(folder)}/${dice.pick(names)}`;
	disk.remove(disk.locate(path));
	judge.changed(pathOf(folder));
	timeline.note('somebody', `somebody removes ${path}`);
}

/** Somebody moves the folder of a package away and lets a link lead elsewhere. */
function placeLink({ disk, judge, timeline }: InboxWorld, folder: Inode): void {
	const path = pathOf(folder);
	if (disk.find(`${path}.moved`) !== undefined) return;
	disk.rename(disk.locate(path), disk.locate(`${path}.moved`));
	disk.create(disk.locate(path), 'link').target = otherFolder;
	judge.changed(path);
	timeline.note('somebody', `somebody moves ${path} and places a link to ${otherFolder} there`);
}

/** Puts an end to the links, which nobody can receive through. */
export function removeLinks({ disk, timeline }: InboxWorld): void {
	for (const [name, { kind }] of [...(disk.find(inboxFolder)?.entries ?? [])]) {
		if (kind !== 'link') continue;
		const path = `${inboxFolder}/${name}`;
		disk.remove(disk.locate(path));
		disk.rename(disk.locate(`${path}.moved`), disk.locate(path));
		timeline.note('somebody', `somebody removes ${path}, a link, and moves the folder back`);
	}
}

import type { Delivery, SentFile } from './delivery';
import type { Dice } from './dice';
import type { Disk, DiskFile, Link } from './disk';
import type { LinkedTree, TreeNode } from './linkedTree';
import { allowedFolder, parentOf } from './linkedTree';

const forbiddenFolder = '/secret';
const pool = `${allowedFolder}/pool`;

/**
 * Puts the files of a delivery into a folder that is sent as a whole. Some of them are links to files elsewhere, a folder may be
 * one, and there are links that are not to be followed: in circles, to nothing, to what workflows may not read, and to a
 * folder that is there already.
 */
export function plantTree(dice: Dice, disk: Disk, delivery: Delivery): void {
	const top = `${allowedFolder}/${delivery.name}`;
	const nodes = new Map<string, TreeNode>();
	const tree: LinkedTree = { top, nodes };
	for (const folder of [top, pool, forbiddenFolder]) nodes.set(folder, { kind: 'folder' });
	const hasFolder = delivery.files.some(({ path }) => path !== '');
	const isTwice = hasFolder && dice.chance(0.5);
	const folderLink = hasFolder && dice.chance(0.5) ? createLink(!isTwice) : undefined;
	if (folderLink !== undefined) {
		const targets = folderLink.isMovable ? [`${pool}/A`, `${pool}/B`] : [`${pool}/A`];
		nodes.set(`${top}/day 1`, { kind: 'link', link: folderLink, targets });
	}
	for (const sent of delivery.files) {
		plantFile(dice, disk, tree, sent, folderLink);
		sent.path = sent.path === '' ? delivery.name : `${delivery.name}/${sent.path}`;
	}
	const addLink = (name: string, target: string): void => {
		nodes.set(`${top}/${name}`, { kind: 'link', link: createLink(false), targets: [target] });
	};
	if (isTwice) addLink('once more', folderLink === undefined ? `${top}/day 1` : `${pool}/A`);
	if (dice.chance(0.5)) {
		addLink('circle a', `${top}/circle b`);
		addLink('circle b', `${top}/circle a`);
	}
	if (dice.chance(0.5)) addLink('up', top);
	if (dice.chance(0.5)) addLink('nowhere', `${pool}/nothing`);
	const outside = disk.create(`${forbiddenFolder}/out.mov`, 5_000);
	nodes.set(outside.location, { kind: 'file', file: outside });
	if (dice.chance(0.5)) addLink('out', outside.location);
	if (dice.chance(0.5)) addLink('out of here', forbiddenFolder);
	delivery.tree = tree;
}

function createLink(isMovable: boolean): Link {
	return { at: 0, isMovable, views: [] };
}

function plantFile(dice: Dice, disk: Disk, tree: LinkedTree, sent: SentFile, folderLink: Link | undefined): void {
	const { file, path, name } = sent;
	const inFolder = [...path.split('/').slice(1), name].join('/');
	if (path !== '' && folderLink !== undefined) {
		const paths = folderLink.isMovable ? [`${pool}/A/${inFolder}`, `${pool}/B/${inFolder}`] : [`${pool}/A/${inFolder}`];
		sent.file = throughLink(dice, disk, tree, file, folderLink, paths);
	} else if (dice.chance(0.4)) {
		const link = createLink(true);
		const targets = [`${pool}/${name}`, `${pool}/other ${name}`];
		sent.file = throughLink(dice, disk, tree, file, link, targets);
		plant(tree, [tree.top, path, name].filter((part) => part !== '').join('/'), { kind: 'link', link, targets });
	} else {
		file.location = [tree.top, path, name].filter((part) => part !== '').join('/');
		plant(tree, file.location, { kind: 'file', file });
	}
}

/** @returns what is seen through the link */
function throughLink(
	dice: Dice,
	disk: Disk,
	tree: LinkedTree,
	first: DiskFile,
	link: Link,
	paths: readonly string[],
): DiskFile {
	const targets = paths.map((location, index) => {
		const file = index === 0 ? first : disk.createLike(dice, first, location);
		file.location = location;
		plant(tree, location, { kind: 'file', file });
		return file;
	});
	return disk.view(link, targets);
}

/** Puts it at a path, in folders that may not exist yet. */
function plant({ nodes }: LinkedTree, path: string, node: TreeNode): void {
	nodes.set(path, node);
	for (let folder = parentOf(path); folder !== '' && !nodes.has(folder); folder = parentOf(folder)) {
		nodes.set(folder, { kind: 'folder' });
	}
}

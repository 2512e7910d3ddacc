import type { Disk } from '../../masv/transfer/disk';
import { placeOf } from '../../masv/transfer/places';
import type { FileSource } from '../../masv/transfer/source';
import { keepSource } from '../../nodes/Masv/files/diskSources';
import { listTree } from '../../nodes/Masv/files/listTree';
import type { Run } from './delivery';
import type { DiskFile, Version } from './disk';
import { currentOf } from './disk';
import type { LinkedTree, TreeNode } from './linkedTree';
import { allowedFolder, parentOf } from './linkedTree';
import { placeOf as placeOfSent } from './server/model';
import { systemError } from './simJournal';
import { openFile, stampOf } from './simSource';
import type { Worker } from './worker';

/** The real listing of a folder with links. @returns the files in the order of the delivery, then those that it should not find */
export async function readTree(run: Run, tree: LinkedTree): Promise<FileSource[]> {
	const { worker, delivery, weather } = run;
	const seen = new Map<string, Version>();
	const disk = treeDisk(worker, tree, weather.reads, (location, version) => seen.set(location, version));
	const n8n = {
		helpers: {
			resolvePath: async (path: string) => await worker.act('resolve', 3, () => resolveAsN8n(tree, path)),
			isFilePathBlocked: (path: string) => path !== allowedFolder && !path.startsWith(`${allowedFolder}/`),
		},
		getExecutionCancelSignal: () => worker.stop.signal,
	} as unknown as Parameters<typeof listTree>[0];
	const { sources, leftOut } = await listTree(n8n, [tree.top], '', ['unreadable'], keepSource(disk), disk);
	for (const { path, reason } of leftOut) worker.note(`leaves out ${path}: ${reason}`);
	const places = delivery.files.map((sent) => placeOfSent(sent));
	for (const source of sources) {
		const sent = delivery.files[places.indexOf(placeOf(source))];
		const version = seen.get(source.location);
		if (sent !== undefined && version !== undefined)
			run.planned.set(sent.file, { ...version, location: source.location });
	}
	const indexOf = (source: FileSource): number =>
		(places.indexOf(placeOf(source)) + places.length + 1) % (places.length + 1);
	return sources.sort((a, b) => indexOf(a) - indexOf(b));
}

/** The disk as one worker sees it. */
function treeDisk(
	worker: Worker,
	{ nodes }: LinkedTree,
	faults: number,
	onInspect: (location: string, version: Version) => void,
): Disk {
	const nodeAt = (location: string): TreeNode => {
		const node = nodes.get(location);
		if (node === undefined) throw systemError('ENOENT');
		return node;
	};
	const fileAt = (location: string): DiskFile => {
		const node = nodeAt(location);
		if (node.kind !== 'file') throw systemError(node.kind === 'link' ? 'ELOOP' : 'EISDIR');
		return node.file;
	};
	return {
		homeFolder: () => '/root',
		entryPath: (folder, name) => `${folder}/${name}`,
		resolve: () => Promise.reject(systemError('ENOSYS')),
		within: async (work) => await work,
		look: async (location) => await worker.act('look', 3, () => nodeAt(location).kind),
		inspect: async (location) =>
			await worker.act('inspect', 3, () => {
				const version = currentOf(fileAt(location));
				onInspect(location, version);
				const { content, modifiedMs } = version;
				return { location, bytes: content.length, modifiedAt: new Date(modifiedMs), stamp: stampOf(version) };
			}),
		isUnmounted: async () => await Promise.resolve(false),
		list: async (location) =>
			await worker.act('list', 3, () => {
				if (nodeAt(location).kind !== 'folder') throw systemError('ELOOP');
				const paths = [...nodes.keys()].filter((path) => parentOf(path) === location).sort();
				const entries = paths.map((path) => ({
					name: path.slice(location.length + 1),
					kind: nodeAt(path).kind,
					isExact: true,
				}));
				return { modifiedAt: new Date(0), entries };
			}),
		source: (location, facts) => ({
			...facts,
			location,
			kind: 'range',
			open: async () => await openFile(worker, fileAt(location), faults),
		}),
	};
}

const maxLinks = 40;

/** The path with all links resolved; n8n leaves one as it is that leads nowhere. */
function resolveAsN8n({ nodes }: LinkedTree, path: string): string {
	let rest = path.split('/').slice(1);
	let resolved = '';
	let links = 0;
	while (rest.length > 0) {
		const [name = '', ...more] = rest;
		const node = nodes.get(`${resolved}/${name}`);
		if (node?.kind === 'link') {
			if (++links > maxLinks) throw systemError('ELOOP');
			rest = [...(node.targets[node.link.at] ?? '').split('/').slice(1), ...more];
			resolved = '';
		} else {
			resolved = `${resolved}/${name}`;
			rest = more;
			if (node === undefined && resolved !== allowedFolder) return path;
		}
	}
	return resolved;
}

import type { Delivery, SentFile, SourceKind } from './delivery';
import type { Dice } from './dice';
import type { Disk } from './disk';
import type { Entry, Package } from './server/model';
import { somebody } from './server/model';
import { partBytes } from './server/packageRoutes';
import type { ServerState } from './server/state';
import type { Fate } from './worker';

/** Empty, small, exactly one part, several parts. More than 64 KiB: not read ahead. */
const sizes = [0, 100, 5_000, partBytes, 40_000, 70_000, 100_000, 150_000];
const names = ['a.mov', 'b.txt', 'café.wav', 'd.xml', 'e.mxf'];
const folders = ['', '', 'day 1', 'day 1/sound é'];

/** Deliveries to the same team, of different files. */
export function chooseDeliveries(dice: Dice, disk: Disk, server: ServerState): Delivery[] {
	let shared: string | undefined;
	return Array.from({ length: dice.chance(0.3) ? 2 : 1 }, (_, index) => {
		const delivery: Delivery = {
			name: `D${index + 1}`,
			kind: dice.chance(0.25) ? 'add' : 'send',
			target: dice.chance(0.2) ? 'foreign' : 'team',
			packageId: undefined,
			files: chooseFiles(dice, disk, index),
			ifRunning: dice.pick(['fail', 'fail', 'fail', 'wait']),
			unfinished: dice.chance(0.1) ? 'delete' : 'keep',
			wantsLink: dice.chance(0.2),
			emptyFolders: dice.fork(`folders ${index}`).pick([[], [], ['empty'], ['empty', 'day 1/empty é']]),
			parallelParts: dice.pick([1, 3, 8]),
			patienceMs: dice.pick([60_000, 900_000]),
			startMs: 0,
		};
		if (delivery.kind === 'add') {
			delivery.target = 'team';
			shared ??= packageOfSomebody(server, dice, delivery.files).id;
			delivery.packageId = shared;
		}
		return delivery;
	});
}

/** In some histories, runs add a list of MD5s, and somebody may change its name or switch it off. */
export function chooseMd5Lists(dice: Dice, deliveries: readonly Delivery[]): void {
	if (!dice.chance(0.15)) return;
	for (const delivery of deliveries) {
		const md5Lists = dice.pick([['MD5SUMS'], ['MD5SUMS'], ['MD5SUMS', 'sums.md5'], ['MD5SUMS', undefined]]);
		if (delivery.kind === 'send') delivery.md5Lists = md5Lists;
	}
}

function chooseFiles(dice: Dice, disk: Disk, delivery: number): SentFile[] {
	const kinds = dice.pick<SourceKind[]>([
		['disk'],
		['disk'],
		['disk', 'binary', 'binary stream'],
		['binary stream', 'memory'],
	]);
	return names.slice(0, dice.pick([1, 1, 2, 3, 5])).map((name) => {
		const kind = dice.pick(kinds);
		const file = disk.create(`${kind}:/${delivery}/${name}`, dice.pick(sizes));
		return { file, name: delivery === 0 ? name : `${delivery}${name}`, path: dice.pick(folders), kind };
	});
}

/** An open package that is not ours, with files of its owner: complete or not, at our places and elsewhere. */
export function packageOfSomebody(server: ServerState, dice: Dice, files: SentFile[]): Package {
	const made: Package = {
		id: server.newId('P'),
		name: 'Of somebody',
		by: somebody,
		target: 'team',
		createdAt: -60_000,
		entries: [],
		directories: [],
		seenBy: new Map(),
		tokens: new Set(),
	};
	const add = (name: string, path: string, size: number): void => {
		const isComplete = dice.chance(0.5);
		const entry: Entry = {
			id: server.newId('F'),
			packageId: made.id,
			name,
			path,
			size,
			lastModified: '2025-12-31T23:59:59.123Z',
			by: somebody,
			createdAt: -50_000,
			isLate: false,
			...(isComplete && { completedAt: -40_000, content: Buffer.alloc(size) }),
		};
		made.entries.push(entry);
	};
	add('notes.txt', 'day 1', 77);
	const share = dice.pick([0, 0, 0.6]);
	for (const { name, path, file } of files) {
		if (dice.chance(share)) add(name, path, dice.pick([file.versions[0]?.content.length ?? 0, 12_345]));
	}
	server.packages.push(made);
	return made;
}

const fatefulKinds = [
	'create package',
	'add file',
	'start upload',
	'put part',
	'finalize file',
	'finalize file',
	'finalize package',
	'finalize package',
	'list files',
	'remove file',
	'journal append',
	'journal remove',
	'lease check',
	'create link',
];

const fateKinds = ['dies', 'dies', 'loses power', 'freezes', 'freezes', 'is stopped', undefined] as const;

/** What befalls the worker of a run while things go wrong. */
export function chooseFates(dice: Dice): Fate[] {
	const kind = dice.pick(fateKinds);
	if (kind === undefined) return [];
	const isTargeted = dice.chance(0.6);
	const fate: Fate = {
		kind,
		effect: isTargeted ? dice.int(1, dice.pick([1, 3, 12])) : dice.int(1, dice.pick([20, 150])),
		of: isTargeted ? dice.pick(fatefulKinds) : undefined,
		ms: dice.between(20_000, dice.pick([60_000, 300_000, 1_200_000])),
	};
	if (kind !== 'freezes' || dice.chance(0.7)) return [fate];
	return [fate, { kind: 'dies', effect: dice.int(1, 150) }];
}

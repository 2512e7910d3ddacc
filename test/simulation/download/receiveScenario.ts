import type { Dice } from '../dice';
import { somebody } from '../server/model';
import type { Fate } from '../worker';
import type { FileSystem } from './fileSystem';
import type { Masv } from './masv';
import type { Receive } from './receive';
import type { SharedFile, SharedPackage, SimLink } from './shared';
import { newVersion, partBytes } from './storage';

/** Where the folders of the packages are. */
export const targetPath = '/in';

/** Empty, small, exactly one range, several ranges, or one byte more. */
const sizes = [0, 1, 900, 4_096, 4_097, 9_000, 16_384, 30_000];
const names = ['a.mov', 'b.txt', 'c.wav', 'd.xml'];
const folders = ['', '', '', 'day 1', 'day 1/sound', '../..'];

let contents: Map<string, Uint8Array> = new Map();

/** Bytes that no other file or version contains. Histories share them. */
export function contentOf(bytes: number, number: number, dice: (number: number) => Dice): Uint8Array {
	const key = `${bytes} ${number}`;
	let content = contents.get(key);
	if (content === undefined) {
		const own = dice(number);
		content = Uint8Array.from({ length: bytes }, () => own.int(0, 255));
		if (contents.size > 2_000) contents = new Map();
		contents.set(key, content);
	}
	return content;
}

/** Packages of one name, as those of two days often are. */
export function choosePackages(dice: Dice, masv: Masv, newContent: (bytes: number) => Uint8Array): void {
	const count = dice.pick([1, 1, 2]);
	for (let index = 0; index < count; index++) {
		const told = { right: partBytes, wrong: 3_000, 'not told': undefined }[masv.habits.partBytes];
		const made: SharedPackage = {
			...{ id: masv.newId('P'), name: 'Dailies', toldPartBytes: told, tokens: new Set<string>() },
			files: names.slice(0, dice.pick([1, 1, 2, 3, 4])).map((name) => newFile(dice, masv, name, newContent)),
		};
		const empty = { versions: [], path: '' };
		if (dice.chance(0.3)) made.files.push({ ...empty, id: masv.newId('F'), kind: 'directory', name: 'empty' });
		made.files.push({ ...empty, id: masv.newId('F'), kind: 'zip_mac', name: 'Dailies.zip' });
		masv.packages.push(made);
	}
}

function newFile(dice: Dice, masv: Masv, name: string, newContent: (bytes: number) => Uint8Array): SharedFile {
	const id = masv.newId('F');
	const version = newVersion(newContent(dice.pick(sizes)), masv.habits, -60_000, Number(id.slice(1)));
	return { id, kind: 'file', name, path: dice.pick(folders), versions: [version] };
}

export function chooseReceives(dice: Dice, masv: Masv): Receive[] {
	const receives: Receive[] = [];
	const rangeBytes = dice.pick([2_048, 4_096, 4_096, 8_192]);
	for (const shared of masv.packages) {
		const count = dice.pick([1, 1, 1, 2]);
		for (let index = 0; index < count; index++) {
			receives.push({
				name: `R${receives.length + 1}`,
				package: shared,
				link: dice.chance(0.3) ? linkOfSomebody(dice, masv, shared) : undefined,
				ifExists: dice.pick(['skip', 'skip', 'skip', 'skip', 'overwrite', 'rename', 'fail']),
				ifRunning: dice.pick(['fail', 'wait', 'wait']),
				into: dice.chance(0.12) ? 'streams' : 'folder',
				...{ archives: false, rangeBytes, verifyContent: dice.pick(['automatic', 'automatic', 'always', 'never']) },
				parallelRanges: dice.pick([1, 2, 4, 8]),
				probesNames: dice.chance(0.2),
				patienceMs: dice.pick([60_000, 900_000]),
				startMs: receives.length === 0 ? 0 : dice.pick([0, dice.between(0, 2_000), dice.between(0, 60_000)]),
			});
		}
	}
	return receives;
}

function linkOfSomebody(dice: Dice, masv: Masv, shared: SharedPackage): SimLink {
	const link: SimLink = {
		...{ id: masv.newId('L'), package: shared, secret: 'secret.s3cr3t', by: somebody, isActive: true, isKnown: true },
		password: dice.chance(0.3) ? 'password.s3cr3t' : undefined,
		...{ tokens: new Set<string>(), accesses: 0, accessLimit: masv.habits.accessLimit, createdAt: -50_000 },
	};
	masv.links.push(link);
	return link;
}

/** What is in the folder before: somebody's own folder, which has the name of the package. */
export function placeOthersFiles(dice: Dice, disk: FileSystem): void {
	for (const path of [targetPath, '/other']) disk.create(disk.locate(path), 'folder');
	disk.put('/other/secret.txt', Buffer.from('not to be touched'));
	disk.put(`${targetPath}/notes.txt`, Buffer.from('somebody wrote this'));
	if (!dice.chance(0.15)) return;
	disk.create(disk.locate(`${targetPath}/Dailies`), 'folder');
	disk.put(`${targetPath}/Dailies/a.mov`, Buffer.from('my own a.mov'));
}

const fatefulKinds = [
	'get object',
	'get object',
	'get object',
	'disk write',
	'disk write',
	'disk sync',
	'disk create',
	'disk link',
	'disk rename',
	'disk remove',
	'disk look at',
	'disk make folder',
	'disk set times',
	'create link',
	'look up link',
	'disable link',
	'download address',
	'list files',
	'journal append',
	'journal append',
	'journal remove',
	'lease check',
	'lease release',
];

const fateKinds = [
	'dies',
	'dies',
	'dies',
	'loses power',
	'loses power',
	'freezes',
	'freezes',
	'is stopped',
	undefined,
] as const;

/** What befalls the worker of a run while things go wrong. */
export function chooseReceiveFates(dice: Dice): Fate[] {
	const kind = dice.pick(fateKinds);
	if (kind === undefined) return [];
	const isTargeted = dice.chance(0.7);
	const fate: Fate = {
		kind,
		effect: isTargeted ? dice.int(1, dice.pick([1, 3, 12])) : dice.int(1, dice.pick([30, 200])),
		of: isTargeted ? dice.pick(fatefulKinds) : undefined,
		ms: dice.between(20_000, dice.pick([60_000, 300_000, 1_200_000])),
	};
	if (kind !== 'freezes' || dice.chance(0.7)) return [fate];
	return [fate, { kind: 'dies', effect: dice.int(1, 200) }];
}

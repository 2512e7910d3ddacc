import { markerName } from '../../../masv/download/packageFolder';
import type { Timeline } from '../timeline';
import type { Worker } from '../worker';
import type { Effect, FileSystem } from './fileSystem';
import type { Inode } from './inode';
import { pathOf } from './inode';
import type { ReceiveRun } from './receive';
import { targetPath } from './receiveScenario';
import type { SharedPackage } from './shared';

/** The rules that every history of downloads must keep. */
export type ReceiveRule =
	/** A file with its final name is, byte for byte, one version of a file of the package of its folder. */
	| 'whole files'
	/** Nothing of others is changed, replaced or removed, unless that was asked for. */
	| 'nothing of others'
	/** Nothing outside the chosen folder is touched. */
	| 'nothing outside'
	/** No run reports what is not there, and each leaves out only what it names. */
	| 'honest reports'
	/** What is known to be on the disk is not received again. */
	| 'no byte twice'
	/** No link of ours stays active that anybody knows of. */
	| 'no link left'
	/** When things go well again, the files are there within a few runs. */
	| 'success in the end'
	/** Every error is a MasvError with a code. */
	| 'named errors'
	/** Every run ends, gives its lease back and closes its files. */
	| 'every run ends'
	/** No secret in the journal, in an error or in a warning. */
	| 'no secrets';

/** Watches what happens on the disk. */
export class ReceiveJudge {
	readonly violations: Array<{ rule: ReceiveRule; text: string }> = [];
	readonly runs = new Map<string, ReceiveRun>();
	readonly #timeline: Timeline;
	readonly #disk: FileSystem;
	/** Partial files of other runs that have got a name for a moment. By run and number of the file: what is wrong about it. */
	readonly #misnamed = new Map<string, string>();

	constructor(timeline: Timeline, disk: FileSystem) {
		this.#timeline = timeline;
		this.#disk = disk;
		disk.onEffect = (by, effect) => this.#watch(by, effect);
	}

	fail(rule: ReceiveRule, text: string): void {
		if (this.violations.some((known) => known.text === text)) return;
		this.violations.push({ rule, text });
		this.#timeline.note('JUDGE', `${rule}: ${text}`);
	}

	/** The last check: also of what power failures have left. */
	checkDisk(packages: readonly SharedPackage[]): void {
		for (const text of this.#misnamed.values()) this.fail('whole files', text);
		for (const folder of this.#disk.find(targetPath)?.entries.values() ?? []) {
			const marker = folder.entries.get(markerName);
			if (marker === undefined) continue;
			const text = Buffer.from(marker.content).toString();
			const found = packages.find(({ id }) => text === `${JSON.stringify({ package: id })}\n`);
			if (found === undefined) this.fail('whole files', `${pathOf(folder)} belongs to no package: ${text}`);
			else this.#checkFolder(folder, found);
		}
	}

	#checkFolder(folder: Inode, of: SharedPackage): void {
		for (const [name, inode] of folder.entries) {
			if (inode.kind === 'folder') this.#checkFolder(inode, of);
			else if (inode.kind === 'file' && isFinal(name) && inode.by !== 'somebody') {
				if (!isVersionOf(of, inode.content)) {
					this.fail('whole files', `in the end, ${pathOf(folder)}/${name} is no version of a file of ${of.id}`);
				}
			}
		}
	}

	#watch({ name: by }: Worker, { what, inode, place, replaced }: Effect): void {
		const run = this.runs.get(by);
		if (run === undefined) return;
		const at = place === undefined ? `file ${inode.number}` : `${pathOf(place.folder)}/${place.name}`;
		if (place !== undefined && !`${pathOf(place.folder)}/`.startsWith(`${targetPath}/`)) {
			this.fail('nothing outside', `${by}: ${what} of ${at}`);
		}
		if (inode.by === 'somebody') this.fail('nothing of others', `${by}: ${what} of ${at}, which is somebody's`);
		const isOthersFolder = place?.folder.by === 'somebody' && pathOf(place.folder) !== targetPath;
		if (isOthersFolder) this.fail('nothing of others', `${by}: ${what} of ${at}, in a folder of somebody`);
		const key = `${by} ${inode.number}`;
		const isTakenBack = (what === 'remove' || what === 'rename') && this.#misnamed.delete(key);
		if (place === undefined || !isFinal(place.name) || isTakenBack) return;
		if (replaced !== undefined && run.receive.ifExists !== 'overwrite') {
			this.fail('nothing of others', `${by} replaces ${at}`);
		}
		if (what === 'remove') this.fail('nothing of others', `${by} removes ${at}`);
		if ((what === 'link' || what === 'rename') && !isVersionOf(run.receive.package, inode.content)) {
			const text = `${by} names ${at}, which is no version of a file of ${run.receive.package.id}`;
			// A run that was frozen cannot prevent it, but must take the name back.
			if (inode.by !== by && this.runs.has(inode.by)) this.#misnamed.set(key, text);
			else this.fail('whole files', text);
		}
	}
}

/** Whether a file of this name counts as received. */
export function isFinal(name: string): boolean {
	return !name.endsWith('.part') && !name.startsWith('.masv-');
}

export function isVersionOf(of: SharedPackage, content: Uint8Array): boolean {
	return of.files.some(({ versions }) => versions.some((version) => isSame(version.content, content)));
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
	return a.length === b.length && Buffer.compare(a, b) === 0;
}

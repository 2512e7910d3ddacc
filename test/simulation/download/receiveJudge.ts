import type { MasvError } from '../../../masv/errors';
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
	/** A run that another one has taken the folder over from changes no content there, and names no file. */
	| 'one at a time'
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
	/** When another run took the folder over. By run. */
	readonly #takenOverAt = new Map<string, number>();

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

	/** Another run has got the lease of this one. */
	takenOver(run: string): void {
		if (!this.#takenOverAt.has(run)) this.#takenOverAt.set(run, this.#timeline.nowMs);
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
				if (!isWhole(of, inode)) {
					this.fail('whole files', `in the end, ${pathOf(folder)}/${name} is no version of a file of ${of.id}`);
				}
			}
		}
	}

	#watch({ name: by }: Worker, { what, inode, place, replaced, span }: Effect): void {
		const run = this.runs.get(by);
		if (run === undefined) return;
		const at = place === undefined ? `file ${inode.number}` : `${pathOf(place.folder)}/${place.name}`;
		const takenOverAt = this.#takenOverAt.get(by) ?? Infinity;
		if (this.#disk.calledAt > takenOverAt + guardMs && !run.hadTrouble && isOfContent(what, place?.name)) {
			this.fail('one at a time', `${by}: ${what} of ${at}, although another run has taken over`);
		}
		const isLate = this.#timeline.nowMs > takenOverAt && span !== undefined;
		if (isLate && !isPartOf(run.receive.package, inode.content, span)) inode.isSpoiled = true;
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
		if ((what === 'link' || what === 'rename') && !isWhole(run.receive.package, inode)) {
			if (this.#isUnseenDamage(run, inode)) {
				inode.isSpoiled = true;
				return;
			}
			const text = `${by} names ${at}, which is no version of a file of ${run.receive.package.id}`;
			// A run that was frozen cannot prevent it, but must take the name back.
			if (inode.by !== by && this.runs.has(inode.by)) this.#misnamed.set(key, text);
			else this.fail('whole files', text);
		}
	}

	/**
	 * A run that verifies nothing goes on with what another one has received damaged that was stopped before it could see that. One that
	 * has seen it leaves nothing behind.
	 */
	#isUnseenDamage({ verifies, receive }: ReceiveRun, { content }: Inode): boolean {
		if (verifies) return false;
		const unseen = [...this.runs.values()].filter(
			({ receive: { package: of }, result }) => of === receive.package && !hasSeenDamage(result),
		);
		return unseen
			.flatMap(({ damaged }) => [...damaged])
			.some(({ versions }) => versions.some((version) => isNearly(version.content, content)));
	}
}

function hasSeenDamage(result: ReceiveRun['result']): boolean {
	return result?.kind === 'failed' && (result.error as MasvError | undefined)?.code === 'content_damaged';
}

/** How many bytes of a file are damaged at most. */
const maxDamagedBytes = 8;

/** How long a guard believes an answer. Milliseconds. */
const guardMs = 1_000;

/** Whether an effect changes what is in a file, or gives one its name. Empty files and folders do no harm. */
function isOfContent(what: Effect['what'], name: string | undefined): boolean {
	const isNamed = (what === 'link' || what === 'rename') && name !== undefined && isFinal(name);
	return what === 'write' || what === 'truncate' || isNamed;
}

/** Whether a file of this name counts as received. */
export function isFinal(name: string): boolean {
	return !name.endsWith('.part') && !name.startsWith('.masv-');
}

function isVersionOf(of: SharedPackage, content: Uint8Array): boolean {
	return of.files.some(({ versions }) => versions.some((version) => isSame(version.content, content)));
}

function isWhole(of: SharedPackage, { isSpoiled, content }: Inode): boolean {
	return isSpoiled || isVersionOf(of, content);
}

/** Whether this part of a file is that of a version of any file. */
function isPartOf(of: SharedPackage, content: Uint8Array, { start, end }: { start: number; end: number }): boolean {
	const piece = content.subarray(start, end);
	return of.files.some(({ versions }) =>
		versions.some((version) => isSame(version.content.subarray(start, end), piece)),
	);
}

function isNearly(a: Uint8Array, b: Uint8Array): boolean {
	return a.length === b.length && a.reduce((count, byte, at) => count + (byte === b[at] ? 0 : 1), 0) <= maxDamagedBytes;
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
	return a.length === b.length && Buffer.compare(a, b) === 0;
}

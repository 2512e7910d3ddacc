import { packageFolderNames } from '../../../masv/download/packageFolder';
import { nameRules } from '../../../masv/download/nameRules';
import type { MasvError } from '../../../masv/errors';
import type { Dice } from '../dice';
import type { Inode } from './inode';
import { pathOf } from './inode';
import type { Receive, ReceiveRun } from './receive';
import { isFinal } from './receiveJudge';
import { chooseReceiveFates, targetPath } from './receiveScenario';
import type { ReceiveWorld } from './receiveWorld';
import { startReceive } from './startReceive';
import { newVersion } from './storage';
import { currentOf } from './shared';

/** The pauses before the runs without any trouble, after which the files must be there. Milliseconds. */
const calmPausesMs = [20_000, 200_000, 700_000, 1_200_000];

/** Decides who tries a receive and when, until a run succeeds. */
export class ReceiveDirector {
	readonly receive: Receive;
	readonly runs: ReceiveRun[] = [];
	isDone = false;
	readonly #world: ReceiveWorld;
	readonly #dice: Dice;
	readonly #newContent: (bytes: number) => Uint8Array;
	readonly #active = new Set<ReceiveRun>();
	/** Runs that are about to start. */
	#coming = 0;
	#stormyRuns: number;
	#calmRuns = 0;
	#isRepeated = false;

	constructor(world: ReceiveWorld, receive: Receive, newContent: (bytes: number) => Uint8Array) {
		this.#world = world;
		this.receive = receive;
		this.#newContent = newContent;
		this.#dice = world.dice.fork(receive.name);
		this.#stormyRuns = this.#dice.int(0, 4);
		const workers = this.#dice.pick([1, 1, 1, 2, 3]);
		const spread = this.#dice.pick([500, 5_000, 60_000]);
		for (let index = 0; index < workers; index++) {
			this.#startIn(receive.startMs + (index === 0 ? 0 : this.#dice.between(0, spread)));
		}
	}

	#startIn(ms: number): void {
		this.#coming++;
		const { timeline } = this.#world;
		timeline.after(ms, () => {
			this.#coming--;
			if (this.runs.some((run) => this.#isSuccess(run)) && !this.#isRepeated) return this.#goOn();
			const isCalm = this.#stormyRuns <= 0;
			if (!isCalm) this.#stormyRuns--;
			else if (this.#active.size === 0) this.#calmRuns++;
			const fates = isCalm ? [] : chooseReceiveFates(this.#dice);
			// While a worker is frozen, another may take its place.
			const onFreeze = (frozenMs: number): void => {
				if (this.#dice.chance(0.7)) this.#startIn(this.#dice.between(0, frozenMs));
			};
			const run = startReceive(this.#world, this.receive, { isCalm, fates, onFreeze }, (over) => {
				this.#active.delete(over);
				this.#goOn();
			});
			this.runs.push(run);
			this.#active.add(run);
			if (!isCalm && this.#dice.chance(0.25)) timeline.after(this.#dice.between(0, 3_000), () => this.#meddle());
		});
	}

	#goOn(): void {
		if (this.#active.size > 0 || this.#coming > 0 || this.isDone) return;
		if (this.runs.some((run) => this.#isSuccess(run))) return this.#repeat();
		if (this.#calmRuns >= calmPausesMs.length) {
			const text = `${this.receive.name} does not succeed in ${calmPausesMs.length} runs without any trouble`;
			this.#world.judge.fail('success in the end', text);
			this.isDone = true;
			return;
		}
		const isStormy = this.#stormyRuns > 0;
		if (isStormy && this.#dice.chance(0.4)) this.#meddle();
		if (!isStormy) this.#tidy();
		this.#startIn(
			(isStormy ? this.#dice.pick([1_000, 20_000, 200_000, 1_200_000]) : calmPausesMs[this.#calmRuns]) ?? 0,
		);
	}

	/** Scheduled jobs receive the same package again. */
	#repeat(): void {
		if (this.#isRepeated || !this.#dice.chance(0.2)) {
			this.isDone = true;
			return;
		}
		this.#isRepeated = true;
		this.#stormyRuns = 0;
		this.#startIn(5_000);
	}

	/** Whether there is no more to be had. */
	#isSuccess({ result, receive }: ReceiveRun): boolean {
		if (result?.kind === 'received' || result?.kind === 'streamed') return true;
		if (result?.kind !== 'failed') return false;
		const { code } = result.error as MasvError;
		if (code === 'file_exists') return receive.ifExists === 'fail';
		// Without its marker, a folder with files of somebody is theirs.
		const isShared = [...(this.#folder()?.entries.values() ?? [])].some(({ by }) => by === 'somebody');
		if (code === 'folder_taken') return isShared;
		const { link } = receive;
		return code === 'link_rejected' && link !== undefined && link.accesses >= link.accessLimit;
	}

	#folder(): Inode | undefined {
		const { id, name } = this.receive.package;
		const names = packageFolderNames(id, name, nameRules.linux);
		return names
			.map((each) => this.#world.disk.find(`${targetPath}/${each}`))
			.findLast((found) => found?.kind === 'folder');
	}

	#meddle(): void {
		switch (this.#dice.pick(['version', 'version', 'place', 'edit', 'remove', 'remove partial', 'link'])) {
			case 'version':
				return this.#changeVersion();
			case 'place':
				return this.#placeFile();
			case 'edit':
			case 'remove':
				return this.#changeFile();
			case 'remove partial':
				return this.#removePartial();
			default:
				this.#placeLink();
		}
	}

	/** Somebody replaces a file in MASV. */
	#changeVersion(): void {
		const { timeline, habits, masv } = this.#world;
		const files = this.receive.package.files.filter(({ kind }) => kind === 'file');
		const file = this.#dice.pick(files);
		const { length } = currentOf(file).content;
		if (length === 0) return;
		const content = this.#newContent(this.#dice.pick([length, length, length + 5_000, Math.ceil(length / 2)]));
		file.versions.push(newVersion(content, habits, timeline.nowMs, Number(masv.newId(''))));
		timeline.note('somebody', `somebody replaces ${file.id} in MASV, ${length} -> ${content.length} bytes`);
	}

	/** Somebody has a file of their own where one of the package will be. */
	#placeFile(): void {
		const folder = this.#folder();
		if (folder === undefined || folder.by === 'somebody') return;
		const { name, path } = this.#dice.pick(this.receive.package.files.filter(({ kind }) => kind === 'file'));
		if (path !== '' || folder.entries.has(name)) return;
		const { disk, timeline } = this.#world;
		disk.put(`${pathOf(folder)}/${name}`, Buffer.from('my own file'));
		timeline.note('somebody', `somebody places ${pathOf(folder)}/${name}`);
	}

	/** Somebody edits or removes a file that was received. */
	#changeFile(): void {
		const { disk, timeline } = this.#world;
		const folder = this.#folder();
		const names = [...(folder?.entries ?? [])].filter(
			([name, { kind, by }]) => kind === 'file' && isFinal(name) && by !== 'somebody',
		);
		if (folder === undefined || names.length === 0) return;
		const [name, inode] = this.#dice.pick(names);
		const location = `${pathOf(folder)}/${name}`;
		disk.remove(disk.locate(location));
		timeline.note('somebody', `somebody removes ${location}`);
		if (inode.names > 0 || this.#dice.chance(0.5)) return;
		disk.put(location, Buffer.from('edited by somebody'));
		timeline.note('somebody', `somebody has edited ${location}`);
	}

	#removePartial(): void {
		const { disk, timeline } = this.#world;
		const folder = this.#folder();
		const names = [...(folder?.entries.keys() ?? [])].filter((name) => name.endsWith('.part'));
		if (folder === undefined || names.length === 0) return;
		const location = `${pathOf(folder)}/${this.#dice.pick(names)}`;
		disk.remove(disk.locate(location));
		timeline.note('somebody', `somebody removes ${location}`);
	}

	/** Somebody moves a folder away and lets a link lead elsewhere. */
	#placeLink(): void {
		const { disk, timeline } = this.#world;
		const folder = this.#folder();
		const below = [...(folder?.entries.values() ?? [])].filter(({ kind }) => kind === 'folder');
		const moved = this.#dice.pick([folder, ...below]);
		if (moved === undefined || moved.by === 'somebody' || moved.name.endsWith('.moved')) return;
		const path = pathOf(moved);
		disk.rename(disk.locate(path), disk.locate(`${path}.moved`));
		disk.create(disk.locate(path), 'link').target = '/other';
		timeline.note('somebody', `somebody moves ${path} and places a link to /other there`);
	}

	/** Puts an end to the links, which nobody can receive through. */
	#tidy(): void {
		const { disk, timeline } = this.#world;
		const tidyIn = (folder: Inode): void => {
			for (const [name, inode] of [...folder.entries]) {
				if (inode.kind === 'folder') tidyIn(inode);
				if (inode.kind !== 'link') continue;
				const path = `${pathOf(folder)}/${name}`;
				disk.remove(disk.locate(path));
				const moved = disk.locate(`${path}.moved`);
				if (moved.inode !== undefined) disk.rename(moved, disk.locate(path));
				timeline.note('somebody', `somebody removes ${path}, a link, and moves the folder back`);
			}
		};
		const target = disk.find(targetPath);
		if (target !== undefined) tidyIn(target);
	}
}

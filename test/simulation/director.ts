import type { MasvErrorCode } from '../../masv/errorCodes';
import type { MasvError } from '../../masv/errors';
import { entriesAt } from './checkPackage';
import type { Delivery, Run } from './delivery';
import type { Dice } from './dice';
import type { Change } from './disk';
import { chooseFates } from './scenario';
import type { Entry } from './server/model';
import { placeOf, somebody } from './server/model';
import { isListSilent, isSilentOnCompletion } from './excuses';
import { doOverlap } from './overlap';
import { startRun } from './startRun';
import type { Fate } from './worker';
import type { World } from './world';

/** The pauses before the runs without any trouble, after which a delivery must have succeeded. Milliseconds. */
const calmPausesMs = [20_000, 200_000, 600_000, 1_200_000];
const maxCalmRuns = calmPausesMs.length;

const changes: Change[] = [
	'edited',
	'rewritten',
	'rewritten',
	'replaced',
	'replaced',
	'touched',
	'touched',
	'remounted',
];

/** Decides who tries a delivery and when, until a run succeeds. */
export class Director {
	readonly delivery: Delivery;
	readonly runs: Run[] = [];
	hasChangedFiles = false;
	isDone = false;
	readonly #world: World;
	readonly #dice: Dice;
	/** What befalls its first run. Undefined: what the dice choose. */
	readonly #firstFates: readonly Fate[] | undefined;
	readonly #active = new Set<Run>();
	/** Runs that are about to start. */
	#coming = 0;
	#stormyRuns: number;
	#calmRuns = 0;
	#isRepeated = false;

	constructor(world: World, delivery: Delivery, firstFates?: readonly Fate[]) {
		this.#world = world;
		this.#firstFates = firstFates;
		this.delivery = delivery;
		this.#dice = world.dice.fork(delivery.name);
		this.#stormyRuns = this.#dice.int(0, 3);
		const workers = this.#dice.pick([1, 1, 1, 2, 3]);
		const spread = this.#dice.pick([2_000, 60_000, 300_000]);
		for (let index = 0; index < workers; index++) {
			const isSame = this.#dice.chance(0.3);
			const startMs = delivery.startMs + (index === 0 ? 0 : this.#dice.between(0, spread));
			this.#startIn(startMs, isSame ? 'execution 1' : `execution ${index + 1}`);
		}
	}

	get #hasSucceeded(): boolean {
		return this.runs.some((run) => isSuccess(this.#world, run));
	}

	/**
	 * Whether a file in somebody's package was completed, no run was told so or could keep a note of it, and MASV does not say
	 * so. It fails with its name, because what may be complete is not removed there.
	 */
	get #isUncertain(): boolean {
		const { server, habits, journal, timeline } = this.#world;
		if (this.delivery.kind !== 'add') return false;
		const fails = (...codes: MasvErrorCode[]): boolean => failsOnlyWith(this.#world, codes, this.runs.at(-1));
		if (habits.listStopsMs < Infinity) {
			// It shows for good what was removed, so that the place does not become free; nor is it known any more once its notes are folded.
			const lasting: MasvErrorCode[] = ['file_not_removed', 'package_file_unfinished', 'package_file_unknown'];
			if (this.#meetsFailure('file_not_removed')) lasting.push('delivery_running');
			// A second request to finalize what the list never shows is answered as one for what does not exist.
			if (isSilentOnCompletion({ ...habits, showsCompleted: false }))
				lasting.push('request_rejected', 'package_file_different');
			if (fails(...lasting)) return true;
		}
		// It has changed since another delivery reported it, which may have used the entry of this one.
		if (this.hasChangedFiles && fails('package_file_different')) return true;
		if (isListSilent(habits) && fails('request_rejected') && this.#hasExpired(this.delivery.name)) return true;
		// The same upload, seen by a delivery of another node, which does not continue it.
		if (isListSilent(habits) && fails('package_file_unknown') && this.#hasExpired()) return true;
		if (!isSilentOnCompletion(habits)) return false;
		const entries = server.packages.find(({ id }) => id === this.delivery.packageId)?.entries ?? [];
		const isUnknown = ({ id, confirmedAt }: Entry): boolean =>
			confirmedAt === undefined || !journal.knewDone(id, timeline.nowMs);
		return entries.some(
			(entry) =>
				entry.by !== somebody && entry.completedAt !== undefined && entry.removedAt === undefined && isUnknown(entry),
		);
	}

	/** Whether, while its last run ran, one of another delivery failed to send files to the same places. */
	#meetsFailure(code: MasvErrorCode): boolean {
		const { startedAt, endedAt = Infinity } = this.runs.at(-1) ?? { startedAt: Infinity };
		return [...this.#world.judge.runs.values()].some(
			(run) =>
				run.delivery !== this.delivery &&
				doOverlap(run.delivery, this.delivery) &&
				run.startedAt < endedAt &&
				(run.endedAt ?? Infinity) > startedAt &&
				failsOnlyWith(this.#world, [code], run),
		);
	}

	/**
	 * Whether an upload has expired after it was noted that MASV was about to be asked to finalize the file. Some servers answer
	 * that for a complete file as well, and no run can know that this one does not.
	 * @param name of the delivery whose uploads count. Default: those of all
	 */
	#hasExpired(name?: string): boolean {
		const { server, journal, timeline } = this.#world;
		return [...server.storage.multiparts.values()].some(
			({ isExpired, entry: { id, by, removedAt } }) =>
				isExpired === true &&
				by.delivery !== undefined &&
				by.delivery === (name ?? by.delivery) &&
				removedAt === undefined &&
				journal.knew(`"kind":"finalizing","file":"${id}"`, 0, timeline.nowMs),
		);
	}

	#startIn(ms: number, execution: string): void {
		this.#coming++;
		const { timeline } = this.#world;
		timeline.after(ms, () => {
			this.#coming--;
			if (this.#hasSucceeded && !this.#isRepeated) return this.#goOn();
			const firstFates = this.runs.length === 0 ? this.#firstFates : undefined;
			const isCalm = this.#stormyRuns <= 0 && firstFates === undefined;
			if (isCalm && this.#active.size === 0) this.#calmRuns++;
			if (!isCalm && firstFates === undefined) this.#stormyRuns--;
			const fates = firstFates ?? (isCalm ? [] : chooseFates(this.#dice));
			const onFreeze = (_: Run, frozenMs: number): void => this.#startAnother(frozenMs);
			const run = startRun(this.#world, this.delivery, { execution, isCalm, fates, onFreeze }, (over) =>
				this.#end(over),
			);
			this.runs.push(run);
			this.#active.add(run);
			if (isCalm) return;
			if (this.#dice.chance(0.08)) timeline.after(this.#dice.between(0, 3_000), () => this.#changeFile());
			if (this.#dice.chance(0.06)) timeline.after(this.#dice.between(200, 3_000), () => this.#removeEntry());
		});
	}

	/** While a worker is frozen, another may take its place. */
	#startAnother(frozenMs: number): void {
		if (this.#dice.chance(0.7)) this.#startIn(this.#dice.between(0, frozenMs), this.#newExecution());
	}

	#newExecution(): string {
		const last = this.runs.at(-1)?.execution ?? 'execution 1';
		return this.#dice.chance(0.4) ? last : `execution ${this.runs.length + this.#coming + 10}`;
	}

	#end(run: Run): void {
		this.#active.delete(run);
		this.#goOn();
	}

	#goOn(): void {
		if (this.#active.size > 0 || this.#coming > 0 || this.isDone) return;
		if (this.#hasSucceeded) return this.#repeat();
		if (this.#calmRuns >= maxCalmRuns) {
			const { judge } = this.#world;
			if (!this.#isUncertain)
				judge.fail(
					'success in the end',
					`${this.delivery.name} does not succeed in ${maxCalmRuns} runs without any trouble`,
				);
			this.isDone = true;
			return;
		}
		const isStormy = this.#stormyRuns > 0;
		if (isStormy) this.#meddle();
		const pauseMs = isStormy ? this.#dice.pick([1_000, 20_000, 200_000, 1_200_000]) : calmPausesMs[this.#calmRuns];
		this.#startIn(pauseMs ?? 0, this.#newExecution());
	}

	/** The execution that succeeded may ask again: its node is tried once more, or n8n did not note its success. */
	#repeat(): void {
		const success = this.runs.find((run) => isSuccess(this.#world, run));
		const isPossible = success !== undefined && !this.#isRepeated && !this.hasChangedFiles;
		if (!isPossible || !this.#dice.chance(0.15)) {
			this.isDone = true;
			return;
		}
		this.#isRepeated = true;
		this.#stormyRuns = 0;
		this.#startIn(5_000, success.execution);
	}

	/** What happens between two runs. */
	#meddle(): void {
		if (this.#dice.chance(0.3)) this.#changeFile();
		if (this.#dice.chance(0.1)) this.#removeEntry();
		if (this.#dice.fork(`expiry ${this.runs.length}`).chance(0.08)) this.#expireUploads();
	}

	/** The storage drops what nobody completes. Nobody waits for days here, so that it never happens during a run. */
	#expireUploads(): void {
		const { server } = this.#world;
		for (const upload of server.storage.multiparts.values()) {
			if (!upload.isOpen || upload.entry.by.delivery !== this.delivery.name) continue;
			upload.isOpen = false;
			upload.isExpired = true;
			server.note(`the upload ${upload.id} of ${upload.entry.id} expires`);
		}
	}

	/** A person removes one of our files from the package. */
	#removeEntry(): void {
		const { server, timeline } = this.#world;
		const own = server.packages.filter(
			({ by, finalizedAt }) => by.delivery === this.delivery.name && finalizedAt === undefined,
		);
		const entries = own.flatMap((each) => each.entries).filter(({ removedAt }) => removedAt === undefined);
		if (entries.length === 0) return;
		const entry = this.#dice.pick(entries);
		entry.removedAt = timeline.nowMs;
		entry.removedBy = somebody;
		server.storage.abort(entry);
		timeline.note('somebody', `removes ${entry.id} "${placeOf(entry)}" in MASV's web app`);
	}

	#changeFile(): void {
		const { file, kind } = this.#dice.pick(this.delivery.files);
		if (kind !== 'disk') return;
		const link = file.through?.link;
		if (link?.isMovable === true && this.#dice.fork(`link ${this.#world.timeline.count}`).chance(0.5)) {
			this.#world.disk.retarget(link);
			this.hasChangedFiles = true;
			this.#world.timeline.note('somebody', `makes a link lead to "${file.location}"`);
			return;
		}
		const change = this.#dice.pick(changes);
		this.#world.disk.change(file, change, this.#dice);
		this.hasChangedFiles = true;
		this.#world.timeline.note('somebody', `"${file.location}" is ${change}`);
	}
}

/** Whether the delivery is where it should be, as far as it can be: what nobody may or can remove may be in its way. */
function isSuccess(world: World, { result, delivery }: Run): boolean {
	if (result?.kind === 'sent') return true;
	if (delivery.kind === 'send') return false;
	const places = delivery.files.map((sent) => placeOf(sent));
	if (result?.kind === 'failed')
		return !world.habits.hasFileRemoval && places.some((place) => isBlocked(world, delivery, place));
	if (result?.kind !== 'added') return false;
	return result.files.every((file) => !('error' in file) || isBlocked(world, delivery, file.place));
}

/**
 * Whether an entry stands at a place of the delivery that is not noted, that cannot be removed, or that another one has
 * finished; or whether a list that has stopped shows such a one for good.
 */
function isBlocked(
	{ server, journal, timeline, habits }: World,
	{ name, packageId }: Delivery,
	place: string,
): boolean {
	const target = server.packages.find(({ id }) => id === packageId);
	if (target === undefined) return false;
	const stoppedAt = Math.max(0, target.createdAt) + habits.listStopsMs;
	const here = target.entries.filter(
		(entry) => placeOf(entry) === place && entry.createdAt <= stoppedAt && (entry.removedAt ?? Infinity) > stoppedAt,
	);
	return [...entriesAt(target, place), ...here].some(
		({ id, completedAt, finalizedBy }) =>
			!habits.hasFileRemoval ||
			!journal.knewId(id, timeline.nowMs) ||
			(completedAt !== undefined && finalizedBy?.delivery !== name),
	);
}

/** Whether each file that fails does so with one of these, or because of what is in its place. */
function failsOnlyWith(world: World, codes: readonly MasvErrorCode[], run: Run | undefined): boolean {
	if (run?.result?.kind !== 'added') return false;
	return run.result.files.every(
		(file) =>
			!('error' in file) ||
			codes.includes((file.error as MasvError).code) ||
			isBlocked(world, run.delivery, file.place),
	);
}

import type { Dice } from '../dice';
import { chooseReceiveFates } from '../download/receiveScenario';
import type { Fate } from '../worker';
import type { InboxJob, InboxRun } from './inboxJob';
import type { InboxWorld } from './inboxWorld';
import { meddleFolder } from './meddleFolder';
import { startInboxRun } from './startInboxRun';

/** The pauses before the runs without any trouble. The look-back is read again every 15 minutes. Milliseconds. */
const calmPausesMs = [1_000_000, 1_000_000, 1_000_000, 1_000_000, 90_000_000];

const ledgerKinds = ['ledger append', 'ledger open', 'ledger remove', 'lease create', 'list inbox', 'list packages'];

/** The schedule of a job, and at last runs without any trouble. */
export class InboxDirector {
	readonly runs: InboxRun[] = [];
	isDone = false;
	readonly #world: InboxWorld;
	readonly #job: InboxJob;
	readonly #dice: Dice;
	readonly #folderDice: Dice;
	readonly #calmAt: number;
	#open = 0;
	#calmRuns = 0;
	#hasSucceeded = false;

	/** @param calmAt when nothing arrives any more; milliseconds */
	constructor(world: InboxWorld, job: InboxJob, calmAt: number) {
		this.#world = world;
		this.#job = job;
		this.#calmAt = calmAt;
		this.#dice = world.dice.fork('schedule');
		this.#folderDice = world.dice.fork('folder during runs');
		const count = this.#dice.int(2, 6);
		for (let index = 0; index < count; index++) this.#startIn(this.#dice.between(0, calmAt), false);
	}

	#startIn(ms: number, isCalm: boolean): void {
		this.#open++;
		this.#world.timeline.after(ms, () => {
			const previous = this.runs.at(-1)?.execution;
			const isAgain = previous !== undefined && !isCalm && this.#dice.chance(0.25);
			const execution = isAgain ? previous : `execution ${this.runs.length + 1}`;
			const fates = isCalm ? [] : this.#chooseFates();
			this.runs.push(startInboxRun(this.#world, this.#job, { execution, isCalm, fates }, () => this.#goOn()));
			if (!isCalm && this.#world.isFolderTroubled) this.#meddle();
		});
	}

	/** People change what is being received. */
	#meddle(): void {
		const { timeline } = this.#world;
		for (let count = this.#folderDice.int(0, 3); count > 0; count--)
			timeline.after(this.#folderDice.between(0, 1_500), () => meddleFolder(this.#world, this.#folderDice));
	}

	#chooseFates(): Fate[] {
		const fates = chooseReceiveFates(this.#dice);
		if (!this.#dice.chance(0.4)) return fates;
		return fates.map((fate) => ({ ...fate, of: this.#dice.pick(ledgerKinds), effect: this.#dice.int(1, 4) }));
	}

	#goOn(): void {
		this.#open--;
		if (this.#open > 0 || this.isDone) return;
		const { judge, timeline, inbox } = this.#world;
		const last = this.runs.at(-1);
		if (this.#calmRuns > 0 && last?.result?.kind === 'done') {
			const { received, failed, failure, ledger } = last.result.result;
			if (this.#hasSucceeded) {
				if (received.length > 0 || last.requested > 0)
					judge.fail('success in the end', `${last.name} receives something, although nothing is new`);
				return this.#end();
			}
			// What is not listed any more is looked for for 30 days: a key may have lost its access for a while.
			const isGone = ({ id }: { id: string }): boolean => (inbox.arrivalOf(id)?.endsAt ?? 0) <= timeline.nowMs;
			// The look-back is not read by each run: what a list had hidden is found by the second one.
			const isOver = failure === undefined && failed.every(isGone) && ledger !== undefined;
			this.#hasSucceeded = isOver && received.length === 0 && this.#calmRuns > 1;
		}
		const pauseMs = calmPausesMs[this.#calmRuns++];
		const restMs = Math.max(0, this.#calmAt - timeline.nowMs);
		if (pauseMs !== undefined) return this.#startIn(restMs + pauseMs, true);
		if (!this.#hasSucceeded)
			judge.fail('success in the end', `no success in ${calmPausesMs.length} runs without any trouble`);
		this.#end();
	}

	#end(): void {
		this.isDone = true;
		this.#world.judge.checkEnd(this.#job);
	}
}

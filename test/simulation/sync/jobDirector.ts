import type { Dice } from '../dice';
import type { Job, JobRun } from './job';
import { chooseJobFates } from './jobScenario';
import type { JobWorld } from './jobWorld';
import { startJobRun } from './startJobRun';

/** The pauses before the runs without any trouble, after which one must have succeeded. Milliseconds. */
const calmPausesMs = [200_000, 200_000, 600_000, 1_200_000, 90_000_000];

/** The schedule of a job, and at last runs without any trouble. */
export class JobDirector {
	readonly runs: JobRun[] = [];
	isDone = false;
	readonly #world: JobWorld;
	readonly #job: Job;
	readonly #dice: Dice;
	readonly #calmAt: number;
	/** Runs that have not ended, or are about to start. */
	#open = 0;
	#calmRuns = 0;
	#hasSucceeded = false;

	/** @param calmAt when nothing changes any more; milliseconds */
	constructor(world: JobWorld, job: Job, calmAt: number) {
		this.#world = world;
		this.#job = job;
		this.#calmAt = calmAt;
		this.#dice = world.dice.fork(`schedule ${job.name}`);
		const count = this.#dice.int(2, 6);
		for (let index = 0; index < count; index++) this.#startIn(this.#dice.between(0, calmAt), false);
	}

	#startIn(ms: number, isCalm: boolean): void {
		this.#open++;
		this.#world.timeline.after(ms, () => {
			const previous = this.runs.at(-1)?.execution;
			const isAgain = previous !== undefined && this.#dice.chance(0.25);
			const execution = isAgain ? previous : `execution ${this.runs.length + 1}`;
			const fates = isCalm ? [] : chooseJobFates(this.#dice);
			this.runs.push(startJobRun(this.#world, this.#job, { execution, isCalm, fates }, () => this.#goOn()));
		});
	}

	#goOn(): void {
		this.#open--;
		if (this.#open > 0 || this.isDone) return;
		const { judge } = this.#world;
		const last = this.runs.at(-1);
		if (this.#calmRuns > 0 && last?.result?.kind === 'done') {
			const { sent, waiting, failure, ledger } = last.result.result;
			if (this.#hasSucceeded) {
				if (sent.some(({ recovered }) => !recovered))
					judge.fail('success in the end', `${last.name} sends something, although nothing is new`);
				return this.#end();
			}
			this.#hasSucceeded = failure === undefined && waiting.length === 0 && ledger !== undefined;
		}
		const pauseMs = calmPausesMs[this.#calmRuns++];
		const restMs = Math.max(0, this.#calmAt - this.#world.timeline.nowMs);
		if (pauseMs !== undefined) return this.#startIn(restMs + pauseMs, true);
		if (!this.#hasSucceeded)
			judge.fail(
				'success in the end',
				`${this.#job.name} does not succeed in ${calmPausesMs.length} runs without any trouble`,
			);
		this.#end();
	}

	#end(): void {
		this.isDone = true;
		this.#world.judge.checkEnd(this.#job);
	}
}

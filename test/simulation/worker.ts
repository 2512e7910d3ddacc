import type { Dice } from './dice';
import type { Timeline } from './timeline';

/** What befalls a worker right after one of its effects. */
export interface Fate {
	kind: 'dies' | 'loses power' | 'loses its journal' | 'freezes' | 'is stopped';
	/** Counted among all its effects, or among those of one kind. From 1. */
	effect: number;
	of?: string;
	/** Of a freeze. */
	ms?: number;
}

/** A process that carries out one run. Everything it does to the outside goes through {@link Worker.act} or the network. */
export class Worker {
	readonly name: string;
	readonly host: string;
	readonly dice: Dice;
	readonly timeline: Timeline;
	/** Aborts when the user stops the run. */
	readonly stop = new AbortController();
	isDead = false;
	/** Whether its journal can no longer be read or written. */
	hasLostJournal = false;
	hasMetFate = false;
	/** Since the start of the history. */
	frozenAt: number[] = [];
	#frozenUntil = 0;
	readonly #fates: readonly Fate[];
	readonly #atDeath: Array<(cause: 'dies' | 'loses power') => void> = [];
	readonly #atFreeze: Array<(ms: number) => void> = [];
	readonly #counts = new Map<string, number>();

	constructor(name: string, host: string, timeline: Timeline, dice: Dice, fates: readonly Fate[]) {
		this.name = name;
		this.host = host;
		this.timeline = timeline;
		this.dice = dice;
		this.#fates = fates;
	}

	note(what: string): void {
		this.timeline.note(this.name, what);
	}

	/** @param run called with `loses power` if what is not safe on the disk is lost, too */
	onDeath(run: (cause: 'dies' | 'loses power') => void): void {
		this.#atDeath.push(run);
	}

	onFreeze(run: (ms: number) => void): void {
		this.#atFreeze.push(run);
	}

	/** An event of this worker. It waits while the worker is frozen. */
	after(ms: number, run: (isHeldUp: boolean) => void): () => void {
		if (this.isDead) return () => undefined;
		const cancel = this.timeline.after(ms, run, this);
		if (this.#frozenUntil > this.timeline.nowMs) this.timeline.holdUp(this, this.#frozenUntil);
		return cancel;
	}

	/** One effect on the outside, and the return from it. If the worker dies of it, the effect stays. */
	async act<T>(kind: string, maxMs: number, effect: () => T): Promise<T> {
		return await new Promise<T>((resolve, reject) => {
			this.after(this.dice.between(0, maxMs), () => {
				let result: T;
				try {
					result = effect();
				} catch (error) {
					reject(error);
					return;
				}
				if (this.survives(kind)) resolve(result);
			});
		});
	}

	/** Counts an effect, and lets happen what is destined to follow it. */
	survives(kind: string): boolean {
		if (this.isDead) return false;
		for (const counted of ['all', kind]) this.#counts.set(counted, (this.#counts.get(counted) ?? 0) + 1);
		for (const fate of this.#fates) {
			if (fate.of !== undefined && fate.of !== kind) continue;
			if (this.#counts.get(fate.of ?? 'all') === fate.effect) this.#meet(fate, kind);
		}
		return !this.isDead;
	}

	#meet(fate: Fate, kind: string): void {
		this.hasMetFate = true;
		if (fate.kind === 'dies' || fate.kind === 'loses power') {
			this.note(`${fate.kind} after: ${kind}`);
			this.isDead = true;
			this.timeline.drop(this);
			for (const run of this.#atDeath) run(fate.kind);
		} else if (fate.kind === 'freezes') {
			const ms = fate.ms ?? 0;
			this.note(`freezes for ${Math.round(ms / 1000)} s after: ${kind}`);
			this.frozenAt.push(this.timeline.nowMs);
			this.#frozenUntil = this.timeline.nowMs + ms;
			this.timeline.holdUp(this, this.#frozenUntil);
			for (const run of this.#atFreeze) run(ms);
		} else if (fate.kind === 'loses its journal') {
			this.note(`loses its journal after: ${kind}`);
			this.hasLostJournal = true;
		} else {
			this.note(`is stopped by the user after: ${kind}`);
			this.stop.abort(new Error('Stopped by the user'));
		}
	}
}

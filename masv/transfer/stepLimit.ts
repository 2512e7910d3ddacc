import type { Clock } from '../clock';

const tickMs = 1_000;
/** As long as a lease outlives its last sign of life: a step that takes longer may come too late for anything. */
const patienceTicks = 30;
/** After the run was canceled, or while another step does not return. */
const hurriedTicks = 2;

/** A step that has not returned in time. It may still be carried out. */
export class StalledStep extends Error {
	override name = 'StalledStep';

	constructor() {
		super('it does not respond');
	}
}

interface StepLimitOptions {
	/** Further time that the step may take by itself, in seconds. */
	more?: number;
	/** Given a function that restarts the time, for a step that shows that it has not stalled. */
	onStart?: (restart: () => void) => void;
}

/**
 * Waits for a step that may never return, such as a call to a network disk that hangs.
 * @throws StalledStep, or the error of the step
 */
export type WithStepLimit = <T>(step: Promise<T>, options?: StepLimitOptions) => Promise<T>;

interface Wait {
	ticks: number;
	limit: number;
	giveUp: () => void;
}

/**
 * Limits the time of each step to half a minute, and to two seconds once the signal has aborted or while an earlier step has
 * not returned: a run with many steps left must end soon, too. One timer serves all steps, because each small file takes
 * several. A process that was frozen misses ticks, so that a disk that has answered meanwhile is not blamed.
 */
export function createStepLimit(clock: Pick<Clock, 'sleep'>, signal: AbortSignal | undefined): WithStepLimit {
	const waits = new Set<Wait>();
	let isTicking = false;
	let stalled = 0;
	const tick = async (): Promise<void> => {
		if (isTicking) return;
		isTicking = true;
		while (waits.size > 0) {
			await clock.sleep(tickMs);
			const isHurried = signal?.aborted === true || stalled > 0;
			for (const wait of waits) {
				if (++wait.ticks >= (isHurried ? hurriedTicks : wait.limit)) wait.giveUp();
			}
		}
		isTicking = false;
	};
	return async (step, { more = 0, onStart } = {}) =>
		await new Promise((resolve, reject) => {
			const wait: Wait = {
				ticks: 0,
				limit: patienceTicks + more,
				giveUp: () => {
					waits.delete(wait);
					stalled++;
					step.catch(() => undefined).finally(() => stalled--);
					reject(new StalledStep());
				},
			};
			waits.add(wait);
			onStart?.(() => (wait.ticks = 0));
			step.then(resolve, reject).finally(() => waits.delete(wait));
			void tick();
		});
}

import type { Clock } from './clock';
import { MasvCancelledError, throwIfCancelled } from './errors';

/** Waits. @throws MasvCancelledError, or the reason of the signal if that is a MasvError */
export async function pause(clock: Pick<Clock, 'sleep'>, ms: number, signal?: AbortSignal): Promise<void> {
	try {
		await clock.sleep(ms, signal);
	} catch (error) {
		throwIfCancelled(signal);
		throw new MasvCancelledError(error);
	}
}

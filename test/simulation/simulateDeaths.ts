import type { History } from './simulate';
import { simulate } from './simulate';

const ends = ['dies', 'loses power', 'loses its journal'] as const;

/**
 * The histories of one seed in which its first run ends after each single line that it writes to the journal, also between two
 * lines that are written together: its process dies, the machine loses power, or nothing can be written any more.
 * @returns the first one that breaks a rule, otherwise the last one, with the events of all
 */
export async function simulateDeaths(seed: number): Promise<History> {
	let events = 0;
	let history: History | undefined;
	for (const kind of ends) {
		let line = 0;
		do {
			line++;
			history = await simulate(seed, [{ kind, effect: line, of: 'journal append' }]);
			events += history.events;
			if (history.violations.length > 0) return { ...history, events };
		} while (history.hasMetFate);
	}
	return { ...(history as History), events };
}

import type { Clock } from '../clock';
import { inTurns } from '../inTurns';

/** Lines of several records in one order. */
export interface MergedLines {
	lines: unknown[];
	/** For a run that decides after having read these lines. */
	nextTurn: number;
}

/**
 * Brings the lines of several records, each with one writer, in one order. A run that decides what to do notes with its first
 * line that its turn comes after those it has read. The lines of a record stay in their order; a turn lasts until the next.
 * No clocks are compared. Records without turns come first: they are of an earlier version, with all writers in one.
 */
export async function mergeLines(
	records: Iterable<readonly unknown[]>,
	clock: Pick<Clock, 'sleep'>,
): Promise<MergedLines> {
	const runs: Array<{ turn: number; lines: unknown[] }> = [];
	let latest = 0;
	for (const record of records) {
		let run = { turn: 0, lines: [] as unknown[] };
		runs.push(run);
		await inTurns(record, clock, (line) => {
			const turn = turnOf(line) ?? 0;
			if (turn > run.turn) runs.push((run = { turn, lines: [] }));
			run.lines.push(line);
		});
		latest = Math.max(latest, run.turn);
	}
	// Sorting is stable.
	const lines = runs.sort((a, b) => a.turn - b.turn).flatMap((run) => run.lines);
	return { lines, nextTurn: latest + 1 };
}

function turnOf(line: unknown): number | undefined {
	if (typeof line !== 'object' || line === null || !('turn' in line)) return undefined;
	return Number.isSafeInteger(line.turn) ? (line.turn as number) : undefined;
}

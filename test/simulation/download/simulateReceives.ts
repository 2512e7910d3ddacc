import { Dice } from '../dice';
import { runToEnd } from '../runToEnd';
import { checkReceiveEnd } from './checkReceiveEnd';
import { ReceiveDirector } from './receiveDirector';
import type { ReceiveRule } from './receiveJudge';
import { choosePackages, chooseReceives, contentOf, placeOthersFiles } from './receiveScenario';
import { createReceiveWorld } from './receiveWorld';

export interface ReceiveHistory {
	seed: number;
	violations: Array<{ rule: ReceiveRule; text: string }>;
	/** Everything that happened, for people. */
	lines: string[];
	events: number;
}

const maxEvents = 60_000;

/** Calls of the disk that have stalled, one after another, end within this time. Milliseconds. */
const aftermathMs = 3_000_000;

/** One history of downloads, as the seed decides. */
export async function simulateReceives(seed: number): Promise<ReceiveHistory> {
	const world = createReceiveWorld(seed);
	const { timeline, judge, masv, disk, dice } = world;
	const scene = dice.fork('scene');
	let made = 0;
	const newContent = (bytes: number): Uint8Array => contentOf(bytes, ++made, (number) => new Dice(number));
	placeOthersFiles(scene, disk);
	choosePackages(scene, masv, newContent);
	const directors = chooseReceives(scene, masv).map((receive) => new ReceiveDirector(world, receive, newContent));
	await runToEnd(world, directors, { maxEvents, aftermathMs });
	checkReceiveEnd(world);
	return { seed, violations: judge.violations, lines: timeline.lines, events: timeline.count };
}

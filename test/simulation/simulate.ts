import { checkEnd } from './checkEnd';
import { Director } from './director';
import type { Violation } from './judge';
import { chooseOverlapping } from './overlap';
import { plantTree } from './plantTree';
import { runToEnd } from './runToEnd';
import { chooseDeliveries, chooseMd5Lists, packageOfSomebody } from './scenario';
import type { Fate } from './worker';
import { createWorld } from './world';

export interface History {
	seed: number;
	violations: Violation[];
	/** Everything that happened, for people. */
	lines: string[];
	events: number;
	/** Whether its first run lived long enough to meet the fate that was chosen for it. */
	hasMetFate: boolean;
}

const maxEvents = 40_000;

/** Late effects of the last requests happen within this time. Milliseconds. */
const aftermathMs = 600_000;

/**
 * One history, as the seed decides.
 * @param firstFates what befalls the first run of the first delivery, whatever the seed decides
 */
export async function simulate(seed: number, firstFates?: readonly Fate[]): Promise<History> {
	const world = createWorld(seed);
	const { timeline, judge, server, disk, dice } = world;
	const scene = dice.fork('scene');
	const deliveries = chooseDeliveries(scene, disk, server);
	const links = dice.fork('links');
	for (const delivery of deliveries)
		if (delivery.files.every(({ kind }) => kind === 'disk') && links.chance(0.1)) plantTree(links, disk, delivery);
	for (const { files } of deliveries) packageOfSomebody(server, scene, files);
	const overlapping = chooseOverlapping(dice.fork('overlap'), disk, deliveries);
	if (overlapping !== undefined) deliveries.push(overlapping);
	chooseMd5Lists(dice.fork('md5 lists to send'), deliveries);
	const directors = deliveries.map(
		(delivery, index) => new Director(world, delivery, index === 0 ? firstFates : undefined),
	);
	await runToEnd(world, directors, { maxEvents, aftermathMs });
	for (const { delivery, runs, hasChangedFiles } of directors) checkEnd(world, delivery, runs, hasChangedFiles);
	const hasMetFate = directors[0]?.runs[0]?.worker.hasMetFate === true;
	return { seed, violations: judge.violations, lines: timeline.lines, events: timeline.count, hasMetFate };
}

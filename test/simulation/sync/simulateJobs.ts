import { runToEnd } from '../runToEnd';
import { JobDirector } from './jobDirector';
import type { JobRule } from './jobJudge';
import { chooseJobs } from './jobScenario';
import { createJobWorld } from './jobWorld';
import { meddle } from './meddle';

export interface JobHistory {
	seed: number;
	violations: Array<{ rule: JobRule; text: string }>;
	/** Everything that happened, for people. */
	lines: string[];
	events: number;
}

const maxEvents = 60_000;

/** Late effects of the last requests happen within this time. Milliseconds. */
const aftermathMs = 600_000;

/** One history of jobs that send new files, as the seed decides. */
export async function simulateJobs(seed: number): Promise<JobHistory> {
	const world = createJobWorld(seed);
	const { timeline, judge, life, dice } = world;
	const scene = dice.fork('scene');
	const jobs = chooseJobs(scene);
	const calmAt = scene.pick([300_000, 1_800_000, 7_200_000]);
	life.endsAt = calmAt;
	life.begin();
	const changes = scene.int(0, 14);
	for (let index = 0; index < changes; index++) timeline.after(scene.between(0, calmAt), () => life.change());
	const toucher = dice.fork('toucher');
	const touches = toucher.int(0, 3);
	for (let index = 0; index < touches; index++) timeline.after(toucher.between(0, calmAt), () => life.touch(toucher));
	for (const job of jobs) {
		const meddler = dice.fork(`meddler ${job.name}`);
		timeline.after(scene.between(0, calmAt), () => meddle(world, job, meddler));
	}
	const directors = jobs.map((job) => new JobDirector(world, job, calmAt));
	await runToEnd(world, directors, { maxEvents, aftermathMs });
	return { seed, violations: judge.violations, lines: timeline.lines, events: timeline.count };
}

import { Dice } from '../dice';
import { contentOf } from '../download/receiveScenario';
import { runToEnd } from '../runToEnd';
import { portals } from './inbox';
import { InboxDirector } from './inboxDirector';
import type { InboxJob } from './inboxJob';
import type { InboxRule } from './inboxJudge';
import { inboxFolder } from './inboxJudge';
import type { InboxWorld } from './inboxWorld';
import { createInboxWorld } from './inboxWorld';
import { meddleFolder, otherFolder, removeLinks } from './meddleFolder';

export interface InboxHistory {
	seed: number;
	violations: Array<{ rule: InboxRule; text: string }>;
	/** Everything that happened, for people. */
	lines: string[];
	events: number;
}

const maxEvents = 100_000;
const aftermathMs = 600_000;
const hour = 3_600_000;
const day = 24 * hour;

/** One history of a job that receives new packages, as the seed decides. */
export async function simulateInbox(seed: number): Promise<InboxHistory> {
	const world = createInboxWorld(seed);
	const { timeline, judge, disk, dice } = world;
	const scene = dice.fork('scene');
	disk.create(disk.locate(inboxFolder), 'folder');
	const calmAt = scene.pick([hour, day, 5 * day]);
	const job: InboxJob = {
		origin: scene.pick([
			{ kind: 'portals', portalIds: undefined },
			{ kind: 'portals', portalIds: undefined },
			{ kind: 'portals', portalIds: ['portal-1'] },
			{ kind: 'portals', portalIds },
			{ kind: 'sent' },
		]),
		from: scene.chance(0.25) ? Math.round(scene.between(-3 * day, calmAt / 2)) : -Infinity,
		ifRunning: scene.pick(['skip', 'skip', 'wait', 'fail']),
		isRemembered: scene.chance(0.7),
		memory: new Map(),
	};
	arrivePackages(world, scene, calmAt);
	timeline.after(scene.between(0, calmAt), () => meddle(world, dice.fork('meddler')));
	if (world.isFolderTroubled) troubleFolder(world, dice.fork('folder'), calmAt);
	const director = new InboxDirector(world, job, calmAt);
	await runToEnd(world, [director], { maxEvents, aftermathMs });
	return { seed, violations: judge.violations, lines: timeline.lines, events: timeline.count };
}

/** Every now and then until nothing arrives any more. */
function troubleFolder(world: InboxWorld, dice: Dice, calmAt: number): void {
	const { disk, timeline } = world;
	disk.create(disk.locate(otherFolder), 'folder');
	disk.put(`${otherFolder}/secret.txt`, Buffer.from('not to be touched'));
	const count = dice.int(0, 6);
	for (let index = 0; index < count; index++) timeline.after(dice.between(0, calmAt), () => meddleFolder(world, dice));
	timeline.after(calmAt, () => removeLinks(world));
}

const portalIds = [...portals];

/** Uploads that began long ago or begin now, take seconds or days, and end in another order. */
function arrivePackages({ inbox, timeline }: InboxWorld, dice: Dice, calmAt: number): void {
	let made = 0;
	const newContent = (bytes: number): Uint8Array => contentOf(bytes, ++made, (number) => new Dice(number));
	const count = dice.int(0, 12);
	for (let index = 0; index < count; index++) {
		const finalizedAt = dice.chance(0.3) ? -dice.between(0, 20 * day) : dice.between(0, calmAt);
		const tookMs = dice.pick([0, 5_000, hour, dice.between(0, 6 * day)]);
		// The clocks of MASV's servers differ.
		const createdAt = Math.round(finalizedAt - tookMs + dice.pick([0, 0, dice.between(-600_000, 600_000)]));
		const isUnending = dice.chance(0.05);
		const endsAt = dice.chance(0.15) ? finalizedAt + dice.between(0, calmAt) : Infinity;
		const facts = {
			portal: dice.pick(['portal-1', 'portal-1', 'portal-2', undefined]),
			...{ createdAt, appearsAt: finalizedAt - tookMs, finalizedAt: isUnending ? Infinity : finalizedAt, endsAt },
			brokenUntil: dice.chance(0.1) ? dice.between(0, calmAt) : -Infinity,
		};
		const { shared } = inbox.arrive(facts, newContent);
		const what = `${shared.id} for ${facts.portal ?? 'others'}, created at ${createdAt / 1000}`;
		timeline.note('somebody', `uploads ${what}, done at ${finalizedAt / 1000}, ends at ${endsAt / 1000}`);
	}
}

/** What people do to ledgers, and disks. */
function meddle({ ledgers, judge, timeline }: InboxWorld, dice: Dice): void {
	const kind = dice.pick(['delete', 'truncate', 'damage', 'delete look', 'none', 'none', 'none', 'none', 'none']);
	const isLook = kind === 'delete look';
	const [key, record] = [...ledgers.records].find(([each]) => each.endsWith('-look') === isLook) ?? [];
	if (key === undefined || record === undefined || kind === 'none') return;
	const { lines } = record;
	timeline.note('somebody', `the ledger ${key.slice(0, 6)}: ${kind}, ${lines.length} lines`);
	if (kind === 'delete' || isLook) ledgers.records.delete(key);
	else if (kind === 'truncate') lines.length = dice.int(0, lines.length);
	else lines.splice(dice.int(0, Math.max(0, lines.length - 1)), 1);
	if (!isLook) judge.lost();
}

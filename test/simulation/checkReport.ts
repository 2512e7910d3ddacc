import { mayBeFinalized } from './checkMd5List';
import { areTooMany, checkPackage, entriesAt, isRemovedUnseen, isWhole } from './checkPackage';
import type { Run, RunResult } from './delivery';
import { isContinuedUnseen } from './excuses';
import type { Entry, Package } from './server/model';
import { placeOf } from './server/model';
import { doOverlap } from './overlap';
import type { World } from './world';

/** Compares what a run reports with what is there, at the moment of its report. */
export function checkReport(world: World, run: Run): void {
	if (run.result?.kind === 'sent') checkSent(world, run, run.result);
	if (run.result?.kind === 'added') checkAdded(world, run, run.result);
}

/** Whether a run cannot help leaving an unfinished entry. */
function isExcusable(
	{ habits, journal, timeline }: World,
	{ name, startedAt, lastReadAt = startedAt }: Run,
	{ id, completedAt, by, createdAt, isLate, hidden, isNeverListed }: Entry,
): boolean {
	if (completedAt !== undefined) return false;
	// Nobody can wait for what the last request of a dead or frozen worker may still do. The next run removes it.
	const isOfOther = by.run !== name && createdAt > startedAt;
	// Nor can anybody know of an entry whose ID was never learned, and that no list shows.
	const isUnseen = hidden !== undefined && !journal.knewId(id, timeline.nowMs);
	// A run that was frozen may note it after this one has read the notes.
	const isNotedLate = isNeverListed === true && !journal.knewId(id, lastReadAt);
	return !habits.hasFileRemoval || isLate || isOfOther || isUnseen || isNotedLate;
}

/**
 * Whether another run has removed the entry of one without notes or a lease, which it cannot tell from what a lost request of
 * its own has left. The rule "nothing of others" judges the removal itself.
 */
function wasTakenForLeftover({ hadTrouble, name }: Run, entry: Entry | undefined): boolean {
	const { run: remover } = entry?.removedBy ?? {};
	return hadTrouble && remover !== undefined && remover !== name;
}

function checkSent(world: World, run: Run, result: Extract<RunResult, { kind: 'sent' }>): void {
	const { server, judge } = world;
	const { name, delivery, startedAt, endedAt = Infinity } = run;
	const found = server.packages.find(({ id }) => id === result.packageId);
	if (found?.finalizedAt === undefined || found.deletedAt !== undefined) {
		judge.fail('honest reports', `${name} reports ${result.packageId}, which is not finalized`);
	} else {
		checkPackage(world, found, delivery, startedAt, endedAt);
	}
	const places = delivery.files.map((sent) => placeOf(sent));
	if (isListReported(world, run, found, result)) places.push(run.md5List ?? '');
	const [wanted, reported] = [places.join(', '), result.places.join(', ')];
	if (wanted !== reported) judge.fail('honest reports', `${name} reports ${reported} instead of ${wanted}`);
}

/** Whether the run must report its list of MD5s. One that finds a package which an earlier run has sent reports what MASV shows of it. */
function isListReported(
	world: World,
	{ name, md5List }: Run,
	found: Package | undefined,
	{ places }: Extract<RunResult, { kind: 'sent' }>,
): boolean {
	if (md5List === undefined) return false;
	if (found?.finalizedBy?.run === name && !mayBeFinalized(world, found)) return true;
	if (places.at(-1) !== md5List || found === undefined) return false;
	return entriesAt(found, md5List).length > 0 || isRemovedUnseen(world, found, md5List);
}

function checkAdded(world: World, run: Run, { files }: Extract<RunResult, { kind: 'added' }>): void {
	const { server, judge } = world;
	const { name, delivery, startedAt, endedAt = Infinity, hasUnreadNotes } = run;
	const target = server.packages.find(({ id }) => id === delivery.packageId);
	for (const [index, added] of files.entries()) {
		const sent = delivery.files[index];
		if ('error' in added || sent === undefined || target === undefined) continue;
		const reported = target.entries.find(({ id }) => id === added.id);
		if (wasTakenForLeftover(run, reported)) continue;
		if (reported?.completedAt !== undefined && reported.removedAt === undefined && isContinuedUnseen(reported, run))
			continue;
		const entry = reported?.removedAt === undefined ? reported : undefined;
		// What no note that this run could read tells of is taken for the file if its place, size and `last_modified` are those of the file.
		const isKnown = !hasUnreadNotes && world.journal.knewId(added.id, startedAt);
		const isAdopted = entry?.by.run !== name && !isKnown;
		const from = isAdopted ? -Infinity : startedAt;
		if (!isWhole(entry, sent.file, from, endedAt)) {
			judge.fail('honest reports', `${name} reports "${added.place}" as ${added.id}, which is not there`);
			continue;
		}
		const here = entriesAt(target, added.place).filter((each) => !isExcusable(world, run, each));
		// Without notes or a lease, nothing keeps two runs at the same time apart.
		const hadTrouble = [...judge.runs.values()].some((each) => doOverlap(each.delivery, delivery) && each.hadTrouble);
		const hasNotes = !hadTrouble && delivery.files.every(({ kind }) => kind !== 'memory');
		if (!hasNotes || !areTooMany(world, here)) continue;
		const ids = here.map(({ id }) => id).join(', ');
		judge.fail('whole files', `${name} leaves ${here.length} entries at "${added.place}": ${ids}`);
	}
}

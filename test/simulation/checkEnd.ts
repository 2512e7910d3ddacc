import { areTooMany, checkPackage, entriesAt } from './checkPackage';
import { checkMd5List } from './checkMd5List';
import type { Delivery, Run } from './delivery';
import { listPlaces } from './delivery';
import { doOverlap } from './overlap';
import type { Package } from './server/model';
import { placeOf, somebody } from './server/model';
import type { World } from './world';

/** What must hold for a delivery when everything is over. */
export function checkEnd(world: World, delivery: Delivery, runs: Run[], hasChangedFiles: boolean): void {
	const { server, judge } = world;
	checkNothingOutside(world, delivery);
	if (delivery.kind === 'add') return checkAddedOnce(world, delivery);
	const finalized = server.packages.filter(
		({ by, finalizedAt }) => by.delivery === delivery.name && finalizedAt !== undefined,
	);
	for (const found of finalized) {
		if (found.deletedAt !== undefined) judge.fail('honest reports', `${found.id} is deleted after it was finalized`);
		const reports = reportsOf(found, runs);
		for (const { startedAt, endedAt = Infinity } of reports) checkPackage(world, found, delivery, startedAt, endedAt);
		checkMd5List(world, found, delivery);
		if (reports.length === 0) checkPackage(world, found, delivery, -Infinity, Infinity);
	}
	// Without notes nobody can know of the other package, and with other contents it is another delivery.
	const hasNotes = !runs.some(({ hadTrouble }) => hadTrouble) && delivery.files.every(({ kind }) => kind !== 'memory');
	if (finalized.length > 1 && hasNotes && !hasChangedFiles && !isEachWanted(finalized, runs)) {
		judge.fail(
			'one package',
			`${delivery.name} is in ${finalized.map((each) => describe(each, runs)).join(' and in ')}`,
		);
	}
}

/** Whether links have led to anything that is not one of its files, or to one of them twice. */
function checkNothingOutside({ server, judge }: World, delivery: Delivery): void {
	const { name, files } = delivery;
	const places = new Set([...files.map((sent) => placeOf(sent)), ...listPlaces(delivery)]);
	for (const entry of server.packages.flatMap(({ entries }) => entries)) {
		if (entry.by.delivery !== name || places.has(placeOf(entry))) continue;
		judge.fail('nothing outside', `${name} adds "${placeOf(entry)}" (${entry.id}), which is not one of its files`);
	}
}

/** Each file is in somebody's package once, whichever of several deliveries has sent it. */
function checkAddedOnce(world: World, delivery: Delivery): void {
	const { server, judge } = world;
	const target = server.packages.find(({ id }) => id === delivery.packageId);
	const hadTrouble = [...judge.runs.values()].some((run) => run.hadTrouble && doOverlap(run.delivery, delivery));
	if (target === undefined || hadTrouble || delivery.files.some(({ kind }) => kind === 'memory')) return;
	for (const sent of delivery.files) {
		const place = placeOf(sent);
		const complete = entriesAt(target, place).filter(
			(entry) => entry.completedAt !== undefined && entry.by !== somebody,
		);
		if (areTooMany(world, complete))
			judge.fail('whole files', `${target.id} ends with ${complete.length} times "${place}"`);
	}
}

function reportsOf({ id }: Package, runs: Run[]): Run[] {
	return runs.filter(({ result }) => result?.kind === 'sent' && result.packageId === id);
}

/** Whether each package was sent by another execution, none of which knew of another that was not over. */
function isEachWanted(finalized: Package[], runs: Run[]): boolean {
	const executions = finalized.map((found) => reportsOf(found, runs)[0]?.execution);
	const known = executions.filter((execution) => execution !== undefined);
	if (new Set(known).size < known.length) return false;
	return finalized.every(
		(found, index) =>
			executions[index] !== undefined || isNoted(found, runs) || isRobbed(found) || isNext(found, finalized, runs),
	);
}

/** Whether it was begun for another execution when all the others had been reported, so that no other was sent in its place. */
function isNext(found: Package, finalized: Package[], runs: Run[]): boolean {
	const execution = runs.find(({ name }) => name === found.by.run)?.execution;
	const others = finalized.filter((other) => other !== found);
	return others.every((other) => {
		const [first] = reportsOf(other, runs);
		return first?.endedAt !== undefined && first.endedAt <= found.createdAt && first.execution !== execution;
	});
}

/** Whether somebody has removed a file, so that the package is not what was to be sent. */
function isRobbed({ entries }: Package): boolean {
	return entries.some(({ removedBy }) => removedBy === somebody);
}

/** Whether a run has noted that the package is done: it died when it had only to report. */
function isNoted({ id, finalizedBy, finalizedAt = 0 }: Package, runs: Run[]): boolean {
	if (runs.some(({ notedSent }) => notedSent.has(id))) return true;
	const run = runs.find(({ name }) => name === finalizedBy?.run);
	return run?.wroteJournalAt !== undefined && run.wroteJournalAt > finalizedAt;
}

function describe(found: Package, runs: Run[]): string {
	const [run] = reportsOf(found, runs);
	return `${found.id} (${run === undefined ? 'reported by no run' : `reported by ${run.name}, ${run.execution}`})`;
}

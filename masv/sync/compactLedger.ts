import type { Clock } from '../clock';
import { inTurns } from '../inTurns';
import type { Ledger, LedgerDelivery, LedgerEntry } from './ledger';
import type { LedgerFile, NewLedgerLine } from './ledgerLines';
import type { LedgerPackage } from './ledgerPackages';

/** Few enough that a line is read and written at once. */
export const filesPerLine = 20;
export const packagesPerLine = 50;

/** A ledger with fewer lines is not worth writing anew. */
const minLines = 500;

/** Whether a record of so many lines consists mostly of what does not count any more. */
export async function isMostlyDead(lines: number, ledger: Ledger, clock: Pick<Clock, 'sleep'>): Promise<boolean> {
	if (lines < minLines || !ledger.hasBegun || ledger.missing > 0) return false;
	let needed = 0;
	await inTurns(compactLines(ledger), clock, () => void needed++);
	return lines > 2 * needed;
}

/** The lines that say the same as all lines until now. What a delivery contained that has been sent again since is left out. */
export function* compactLines(ledger: Ledger): Generator<NewLedgerLine> {
	const { workflow, node, from } = ledger;
	yield { kind: 'begun', at: 0, workflow, node, from };
	yield* deliveryLines(ledger);
	yield* packageLines([...ledger.packages.values()]);
}

function* deliveryLines({ entries, unfinished, lastRun }: Ledger): Generator<NewLedgerLine> {
	const latest = lastRun.run === undefined ? [] : lastRun.deliveries;
	const kept = Map.groupBy(entries.values(), ({ delivery }) => delivery);
	const all = new Set<LedgerDelivery>([...kept.keys(), ...unfinished.values(), ...latest]);
	// What these contain is to be cleared, or reported again, whatever has become of their files.
	const whole = new Set<LedgerDelivery>([...unfinished.values(), ...latest]);
	const sent: LedgerDelivery[] = [];
	for (const delivery of [...all].sort((a, b) => a.order - b.order)) {
		const { id, key, target, name, state, isForgotten, at = 0 } = delivery;
		const files = whole.has(delivery) ? delivery.files : (kept.get(delivery) ?? []).map(({ file }) => file);
		yield* plannedLines(id, files);
		if (state === 'marked') {
			yield { kind: 'marked', delivery: id, at };
			continue;
		}
		const count = whole.has(delivery) ? delivery.fileCount : files.length;
		yield { kind: 'sending', delivery: id, key, target, name, files: count };
		if (state === 'sent') sent.push(delivery);
		if (isForgotten) yield { kind: 'forgotten', path: files[0]?.location };
	}
	// Those of the last run come last.
	const isLatest = new Set(latest);
	for (const delivery of [...sent.filter((each) => !isLatest.has(each)), ...latest]) {
		const { id, package: packageId = '', at = 0, cleared, after = cleared } = delivery;
		const run = isLatest.has(delivery) ? lastRun.run : undefined;
		yield { kind: 'sent', delivery: id, package: packageId, at, after, run };
		if (cleared !== undefined) yield { kind: 'cleared', delivery: id };
	}
	yield* corrections(entries, kept, whole);
}

/** What a delivery is to contain. */
export function* plannedLines(delivery: string, files: readonly LedgerFile[]): Generator<NewLedgerLine> {
	for (const some of chunksOf(files)) yield { kind: 'planned', delivery, files: some };
}

/** What was sent of the files of a delivery. */
export function* sumLines(delivery: string, sums: ReadonlyArray<string | undefined>): Generator<NewLedgerLine> {
	if (sums.every((sum) => sum === undefined)) return;
	let start = 0;
	for (const some of chunksOf(sums)) {
		yield { kind: 'sums', delivery, start, sums: some.map((sum) => sum ?? null) };
		start += some.length;
	}
}

/** As many as one line contains. */
export function* chunksOf<T>(items: readonly T[]): Generator<T[]> {
	for (let start = 0; start < items.length; start += filesPerLine) yield items.slice(start, start + filesPerLine);
}

/** Files of whole deliveries that were moved or touched since, or are to be sent again. */
function* corrections(
	entries: ReadonlyMap<string, LedgerEntry>,
	kept: ReadonlyMap<LedgerDelivery, readonly LedgerEntry[]>,
	whole: ReadonlySet<LedgerDelivery>,
): Generator<NewLedgerLine> {
	for (const delivery of whole) {
		if (delivery.state === 'sending') continue;
		const touched: LedgerFile[] = [];
		const places = new Set<string>();
		const left: string[] = [];
		for (const file of delivery.files) {
			const { location } = file;
			const entry = entries.get(location);
			if (entry === undefined && !places.has(location)) left.push(location);
			else if (entry !== undefined && entry.file !== file && whole.has(entry.delivery)) touched.push(entry.file);
			places.add(location);
		}
		for (const some of chunksOf(touched)) yield { kind: 'touched', files: some };
		// Which one has come from where, nothing depends on.
		const moved = (kept.get(delivery) ?? []).filter(({ file }) => !places.has(file.location)).slice(0, left.length);
		const moves = moved.map(({ file: to }, index) => ({ from: left[index] as string, to }));
		for (const some of chunksOf(moves)) yield { kind: 'moved', files: some };
		for (const some of chunksOf(left.slice(moves.length))) yield { kind: 'unsent', files: some };
	}
}

function* packageLines(packages: readonly LedgerPackage[]): Generator<NewLedgerLine> {
	for (let start = 0; start < packages.length;) {
		const { foundAt: at, origin } = packages[start] as LedgerPackage;
		const isAlike = (each: LedgerPackage | undefined): boolean => each?.foundAt === at && each.origin === origin;
		let end = start;
		while (end < packages.length && end - start < packagesPerLine && isAlike(packages[end])) end++;
		const found = packages.slice(start, end).map(({ id, name, created, portal }) => ({ id, name, created, portal }));
		yield { kind: 'found', at, origin, packages: found };
		start = end;
	}
	for (const { id, state, hasFailed, missing, receipt, foundAt } of packages) {
		if (receipt !== undefined) yield { kind: 'received', package: id, ...receipt };
		if (receipt !== undefined && state === 'due') yield { kind: 'forgotten', package: id };
		if (missing !== undefined) {
			for (const at of [missing.since, missing.lookedAt]) yield { kind: 'failed', package: id, at, missing: true };
		} else if (hasFailed) yield { kind: 'failed', package: id, at: foundAt };
		if (state === 'gone') yield { kind: 'gone', package: id, at: foundAt };
	}
}

/** Whether two ledgers say the same. */
export async function isSameLedger(a: Ledger, b: Ledger, clock: Pick<Clock, 'sleep'>): Promise<boolean> {
	let isSame = true;
	await inTurns(comparisons(a, b), clock, ([left, right]) => {
		isSame &&= isEqual(left, right);
	});
	return isSame;
}

/** What must be equal, one after another: the whole ledgers would not fit into a turn, nor twice into memory. */
function* comparisons(a: Ledger, b: Ledger): Generator<[unknown, unknown]> {
	const factsOf = ({ workflow, node, from, hasBegun, missing, entries, unfinished, packages, lastRun }: Ledger) => [
		...[workflow, node, from, hasBegun, missing, lastRun.run],
		...[entries.size, unfinished.size, packages.size],
	];
	yield [factsOf(a), factsOf(b)];
	/** Files of a delivery come one after another. */
	let latest: Array<LedgerDelivery | undefined> = [];
	for (const [location, { file, delivery }] of a.entries) {
		const other = b.entries.get(location);
		yield [file, other?.file];
		if (latest[0] === delivery && latest[1] === other?.delivery) continue;
		latest = [delivery, other?.delivery];
		yield [plain(delivery), plain(other?.delivery)];
	}
	yield* deliveryComparisons([...a.unfinished.values()], [...b.unfinished.values()]);
	if (a.lastRun.run !== undefined) yield* deliveryComparisons(a.lastRun.deliveries, b.lastRun.deliveries);
	yield* pairsOf([...a.packages.values()], [...b.packages.values()]);
}

function* deliveryComparisons(
	a: readonly LedgerDelivery[],
	b: readonly LedgerDelivery[],
): Generator<[unknown, unknown]> {
	for (const [left, right] of pairsOf(a, b)) {
		yield [plain(left), plain(right)];
		yield [left?.fileCount, right?.fileCount];
		yield* pairsOf(left?.files ?? [], right?.files ?? []);
	}
}

/** As many as the longer list has. */
function* pairsOf<T>(a: readonly T[], b: readonly T[]): Generator<[T | undefined, T | undefined]> {
	for (let index = 0; index < Math.max(a.length, b.length); index++) yield [a[index], b[index]];
}

/** What a delivery is, without its files. Numbers of lines differ. */
function plain(delivery: LedgerDelivery | undefined): unknown {
	if (delivery === undefined) return undefined;
	const { order: _, files: __, fileCount: ___, ...facts } = delivery;
	return facts;
}

/** Whether two values are the same JSON. */
function isEqual(a: unknown, b: unknown): boolean {
	if (a === b) return true;
	if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
	const [left, right] = [a, b] as [Record<string, unknown>, Record<string, unknown>];
	// In JSON, there is nothing undefined.
	const isMissing = (key: string): boolean => !(key in left) && right[key] !== undefined;
	return Object.keys(left).every((key) => isEqual(left[key], right[key])) && !Object.keys(right).some(isMissing);
}

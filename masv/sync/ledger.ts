import type { Clock } from '../clock';
import { inTurns, quickly } from '../inTurns';
import { LongMap } from '../longCollections';
import { isAtOrBelow } from './isAtOrBelow';
import type { LedgerFile, LedgerLine } from './ledgerLines';
import type { LedgerPackage } from './ledgerPackages';
import { applyPackageLine, forgetPackages } from './ledgerPackages';
import { ledgerLineSchema } from './ledgerLines';

/** A delivery that a ledger knows. */
export interface LedgerDelivery {
	id: string;
	/** Grows from delivery to delivery. */
	order: number;
	key: string;
	target: string;
	name: string;
	state: 'sending' | 'sent' | 'marked';
	/** Undefined without a package. */
	package: string | undefined;
	/** When it was entered, in milliseconds since the epoch. */
	at: number | undefined;
	/** What is still to be done with the files on disk. */
	after: 'move' | 'delete' | undefined;
	/** What was done with them. */
	cleared: 'move' | 'delete' | undefined;
	/** All files that are planned, unless lines are missing. */
	files: LedgerFile[];
	/** How many files were planned. */
	fileCount: number;
	/** Whether someone wants its files to be sent again, although it has not been sent. */
	isForgotten: boolean;
}

/** A version of a file that was sent, and the delivery. */
export interface LedgerEntry {
	file: LedgerFile;
	delivery: LedgerDelivery;
}

/** What a job believes to have delivered: see the README of this folder. */
export interface Ledger {
	/** By location, the latest version that was sent. */
	entries: Map<string, LedgerEntry>;
	/** Those that are not over, in their order. */
	unfinished: Map<string, LedgerDelivery>;
	/** The execution that has sent something last, and what it has sent. */
	lastRun: { run: string | undefined; deliveries: LedgerDelivery[] };
	/** By ID, what a job that receives has found, in the order in which it was found. */
	packages: Map<string, LedgerPackage>;
	/** Of a job that receives: from when on it receives, in milliseconds. Undefined before it has begun. */
	from: number | undefined;
	/** False before the first run, and after the ledger was lost. */
	hasBegun: boolean;
	workflow: string | undefined;
	node: string | undefined;
	/** The highest number of a line. */
	lastNumber: number;
	/** How many lines are missing. */
	gaps: number;
	/** How many of them no run has noticed yet. */
	missing: number;
}

/** Lines that are not understood are skipped, and are missing then: they were damaged, or written by another version. */
export async function readLedger(lines: Iterable<unknown>, clock: Pick<Clock, 'sleep'>): Promise<Ledger> {
	const ledger: Ledger = {
		entries: new LongMap(),
		unfinished: new Map(),
		lastRun: { run: undefined, deliveries: [] },
		packages: new Map(),
		from: undefined,
		hasBegun: false,
		workflow: undefined,
		node: undefined,
		lastNumber: 0,
		gaps: 0,
		missing: 0,
	};
	const planned = new Map<string, LedgerFile[]>();
	const apply = (each: unknown): Promise<void> | void => {
		// Not the copy that the schema returns: with 100,000 files, both would stay in memory.
		if (ledgerLineSchema.safeParse(each).success) return applyLine(ledger, planned, each as LedgerLine, clock);
	};
	await inTurns(lines, clock, apply, (line) => stepsOf(line, ledger));
	return ledger;
}

/** As many as a line lists files or packages, each of which takes as long as a line without any. */
function stepsOf(line: unknown, { entries }: Ledger): number {
	const { kind, files, packages } = Object(line) as { kind?: unknown; files?: unknown; packages?: unknown };
	// All that was sent is looked at.
	if (kind === 'forgotten') return 1 + quickly() * entries.size;
	const listed = Array.isArray(files) ? files : packages;
	return Array.isArray(listed) ? listed.length : 1;
}

/**
 * Changes the ledger by one line. A line with a number that was already used is of a run that was frozen, while its successor was at
 * work: what it says about files on disk was found before, and may be wrong by now. Touched files are then read again.
 * @param planned by delivery, what is planned and not entered yet
 * @returns if that takes turns with other work, when it is done. Its number counts at once
 */
export function applyLine(
	ledger: Ledger,
	planned: Map<string, LedgerFile[]>,
	line: LedgerLine,
	clock: Pick<Clock, 'sleep'>,
): Promise<void> | void {
	const isLate = line.number <= ledger.lastNumber;
	countLine(ledger, line);
	switch (line.kind) {
		case 'begun':
			ledger.hasBegun = true;
			ledger.workflow = line.workflow;
			ledger.node = line.node;
			ledger.from = line.from;
			break;
		case 'planned': {
			const files = planned.get(line.delivery) ?? [];
			for (const file of line.files) {
				// The same text is kept once: files of a folder come one after another.
				const previous = files.at(-1);
				if (previous?.path === file.path) file.path = previous.path;
				files.push(file);
			}
			planned.set(line.delivery, files);
			break;
		}
		case 'sending':
			ledger.unfinished.set(line.delivery, {
				id: line.delivery,
				order: line.number,
				key: line.key,
				target: line.target,
				name: line.name,
				state: 'sending',
				package: undefined,
				at: undefined,
				after: undefined,
				cleared: undefined,
				files: planned.get(line.delivery) ?? [],
				fileCount: line.files,
				isForgotten: false,
			});
			break;
		case 'sent': {
			const delivery = ledger.unfinished.get(line.delivery);
			if (delivery === undefined) break;
			const { package: packageId, at, after } = line;
			Object.assign(delivery, { state: 'sent', package: packageId, at, after, isForgotten: false });
			if (ledger.lastRun.run !== line.run) ledger.lastRun = { run: line.run, deliveries: [] };
			ledger.lastRun.deliveries.push(delivery);
			if (line.after === undefined) endDelivery(ledger, delivery);
			return enterFiles(ledger, planned, delivery, clock);
		}
		case 'sums':
			enterSums(ledger.unfinished.get(line.delivery), line);
			break;
		case 'marked': {
			const delivery: LedgerDelivery = {
				id: line.delivery,
				order: line.number,
				key: '',
				target: '',
				name: '',
				state: 'marked',
				package: undefined,
				at: line.at,
				after: undefined,
				cleared: undefined,
				files: planned.get(line.delivery) ?? [],
				fileCount: 0,
				isForgotten: false,
			};
			return enterFiles(ledger, planned, delivery, clock);
		}
		case 'abandoned':
			ledger.unfinished.delete(line.delivery);
			planned.delete(line.delivery);
			break;
		case 'cleared': {
			const delivery = ledger.unfinished.get(line.delivery);
			if (delivery === undefined) break;
			delivery.cleared = delivery.after;
			endDelivery(ledger, delivery);
			break;
		}
		case 'moved':
			moveEntries(ledger, isLate ? line.files.filter((move) => isStillDue(ledger, move)) : line.files);
			break;
		case 'touched':
			if (isLate) break;
			moveEntries(
				ledger,
				line.files.map((to) => ({ from: to.location, to })),
			);
			break;
		case 'unsent':
			if (isLate) break;
			for (const location of line.files) ledger.entries.delete(location);
			break;
		case 'found':
		case 'received':
		case 'failed':
		case 'gone':
			applyPackageLine(ledger.packages, line);
			break;
		case 'forgotten':
			forget(ledger, line);
			forgetPackages(ledger.packages, line);
			break;
	}
}

function countLine(ledger: Ledger, line: LedgerLine): void {
	const gap = Math.max(0, line.number - ledger.lastNumber - 1);
	ledger.gaps += gap;
	ledger.missing += gap;
	if (line.kind === 'begun') ledger.missing = Math.max(0, ledger.gaps - (line.missing ?? ledger.gaps));
	ledger.lastNumber = Math.max(ledger.lastNumber, line.number);
}

async function enterFiles(
	{ entries }: Ledger,
	planned: Map<string, LedgerFile[]>,
	delivery: LedgerDelivery,
	clock: Pick<Clock, 'sleep'>,
): Promise<void> {
	planned.delete(delivery.id);
	const enter = (file: LedgerFile): void => {
		const known = entries.get(file.location);
		if (known === undefined || known.delivery.order <= delivery.order) entries.set(file.location, { file, delivery });
	};
	await inTurns(delivery.files, clock, enter, quickly);
}

/** If files are missing, it is not known which one a sum belongs to. */
function enterSums(
	delivery: LedgerDelivery | undefined,
	{ start, sums }: Pick<Extract<LedgerLine, { kind: 'sums' }>, 'start' | 'sums'>,
): void {
	if (delivery === undefined || delivery.files.length !== delivery.fileCount) return;
	for (const [index, sum] of sums.entries()) {
		const file = delivery.files[start + index];
		// Not in a copy: with 100,000 files, both would stay in memory.
		if (file !== undefined && sum !== null) file.sum = sum;
	}
}

function endDelivery(ledger: Ledger, delivery: LedgerDelivery): void {
	delivery.after = undefined;
	ledger.unfinished.delete(delivery.id);
}

/** All at once: files may have changed places with each other. */
function moveEntries({ entries }: Ledger, moves: ReadonlyArray<{ from: string; to: LedgerFile }>): void {
	const moved = moves.map(({ from, to }) => ({ to, entry: entries.get(from) }));
	for (const { from } of moves) entries.delete(from);
	for (const { to, entry } of moved) {
		if (entry === undefined) continue;
		const { file, delivery } = entry;
		to.sum ??= file.sum ?? null;
		entries.set(to.location, { file: to, delivery });
	}
}

/**
 * Whether a file that was moved is known at its former place only. The run that was frozen may have come first, so that the line of its
 * successor seems to be late: without it, the file would be sent again once another one has taken its place.
 */
function isStillDue({ entries }: Ledger, { from, to }: { from: string; to: LedgerFile }): boolean {
	const known = entries.get(from)?.file;
	if (known === undefined || entries.has(to.location)) return false;
	return (['bytes', 'modified', 'device', 'inode'] as const).every((fact) => known[fact] === to[fact]);
}

function forget(ledger: Ledger, what: Extract<LedgerLine, { kind: 'forgotten' }>): void {
	for (const [location, entry] of ledger.entries) {
		if (isMeant(what, entry)) ledger.entries.delete(location);
	}
	for (const delivery of ledger.unfinished.values()) {
		if (delivery.state !== 'sending') continue;
		delivery.isForgotten ||= delivery.files.some((file) => isMeant(what, { file, delivery }));
	}
}

/** Whether an entry is among those to forget, see `forgotten`. */
export function isMeant(what: { package?: string; path?: string }, { file, delivery }: LedgerEntry): boolean {
	if (what.package !== undefined && delivery.package !== what.package) return false;
	return what.path === undefined || isAtOrBelow(file.location, what.path);
}

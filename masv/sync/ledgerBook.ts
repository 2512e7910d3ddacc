import type { MasvClient } from '../client';
import type { JournalRecord } from '../transfer/journal';
import type { Guard } from '../transfer/guard';
import type { ContentSum } from '../upload/contentSum';
import { compactLines, isMostlyDead, isSameLedger, plannedLines, sumLines } from './compactLedger';
import type { Ledger } from './ledger';
import { applyLine, readLedger } from './ledger';
import type { LedgerFile, NewLedgerLine } from './ledgerLines';

/** What is known of the ledger. `lost`: there should be one. `unavailable`: it cannot be read or written. */
type LedgerState = 'new' | 'found' | 'incomplete' | 'lost' | 'unavailable';

/** A ledger that this run may write to. */
export interface LedgerBook {
	readonly ledger: Ledger;
	readonly state: LedgerState;
	/**
	 * Writes a line, and changes the ledger by it.
	 * @throws MasvError `delivery_taken_over`
	 */
	write(line: NewLedgerLine, options?: { durable?: boolean }): Promise<void>;
	/** Writes that the job has begun, or goes on although lines are missing. @param from of a job that receives: see `begun` */
	begin(owner: LedgerOwner, from?: number): Promise<void>;
	/** Writes what a delivery is to contain. */
	plan(delivery: string, files: readonly LedgerFile[]): Promise<void>;
	/** Writes what was sent of the files of a delivery, in their order. @param sums undefined: not known */
	enterSums(delivery: string, sums: ReadonlyArray<ContentSum | undefined>): Promise<void>;
	/** Writes the ledger anew if it consists mostly of what does not count any more. If that fails, it stays as it is. */
	compact(): Promise<void>;
	/** @throws MasvError `delivery_taken_over` */
	check(): Promise<void>;
	/** Whether everything was written until now. */
	isComplete(): boolean;
	/** How many lines a power failure leaves: of this run, those up to the last durable one. Those of earlier runs count as safe. */
	safeLines(): number;
}

/** What is known of a ledger after a run. */
export interface LedgerFacts {
	id: string;
	/** As the run found it. */
	state: LedgerState;
	/** How many files that were sent it contains now. */
	files: number;
	/** How many packages that were received it contains now. */
	packages: number;
	/** How many lines of it are safe. To be remembered elsewhere, so that the next run notices if some are missing. */
	lines: number;
}

/** Who a ledger belongs to. The names are for people. */
export interface LedgerOwner {
	/** The node of a workflow. */
	scope: string;
	workflow?: string;
	node?: string;
}

/**
 * The name of a ledger: of one job, for one server and team, and one portal or people. Not of the API key, because a new key
 * does not make files new, nor of the recipients.
 */
export function ledgerKey(client: MasvClient, scope: string, where: string): string {
	const facts = [client.baseUrl, client.hasAccount ? client.teamId : '', scope, where];
	return client.hashing.sha256(JSON.stringify(['ledger', ...facts])).slice(0, 40);
}

/**
 * @param record undefined: the ledger is not available, and is kept for this run only
 * @param knownLines how many lines the ledger had, as far as that is remembered elsewhere
 */
export async function openLedger(
	client: MasvClient,
	record: JournalRecord | undefined,
	guard: Guard,
	knownLines: number,
): Promise<LedgerBook> {
	const ledger = await readLedger(record?.lines ?? [], client.clock);
	const state = record === undefined ? 'unavailable' : stateOf(ledger, knownLines);
	// What is written now must not be mistaken for what is missing.
	ledger.gaps += Math.max(0, knownLines - ledger.lastNumber);
	ledger.lastNumber = Math.max(ledger.lastNumber, knownLines);
	const planned = new Map<string, LedgerFile[]>();
	const write = async (unnumbered: NewLedgerLine, options?: { durable?: boolean }): Promise<void> => {
		await guard.check();
		const line = { ...unnumbered, number: ledger.lastNumber + 1 };
		const applied = applyLine(ledger, planned, line, client.clock);
		lineCount++;
		try {
			await record?.append(line, options);
		} finally {
			await applied;
		}
		if (options?.durable === true) safeLines = line.number;
	};
	let lineCount = record?.lines.length ?? 0;
	let safeLines = ledger.lastNumber;
	const isComplete = (): boolean => record !== undefined && record.hasFailed?.() !== true;
	const compact = async (): Promise<void> => {
		if (record?.replace === undefined || !isComplete()) return;
		if (!(await isMostlyDead(lineCount, ledger, client.clock))) return;
		const before = ledger.lastNumber;
		const written = await readLedger(asStored(linesAnew(ledger)), client.clock);
		if (!(await isSameLedger(written, ledger, client.clock))) return;
		try {
			await guard.check();
			await record.replace(linesAnew(ledger));
		} catch {
			// Another run has taken over, or the disk is full. What was sent is to be reported all the same.
			return;
		}
		ledger.lastNumber = safeLines = written.lastNumber;
		lineCount = written.lastNumber - before;
	};
	return {
		ledger,
		state,
		write,
		begin: async ({ workflow, node }, from) => {
			const line = { kind: 'begun', at: client.clock.now(), workflow, node, from, missing: ledger.gaps } as const;
			await write(line, { durable: true });
		},
		compact,
		plan: async (delivery, files) => {
			for (const line of plannedLines(delivery, files)) await write(line);
		},
		enterSums: async (delivery, sums) => {
			for (const line of sumLines(delivery, sums)) await write(line);
		},
		check: async () => await guard.check(),
		isComplete,
		safeLines: () => safeLines,
	};
}

/** Whether the list of ledgers shows another name than that of the node, or lists it with another workflow. */
export function isRenamed({ workflow, node }: LedgerOwner, { ledger }: Pick<LedgerBook, 'ledger'>): boolean {
	return node !== ledger.node || workflow !== ledger.workflow;
}

/** @param knownLines as in {@link openLedger}, which stays if the ledger is not complete */
export function factsOf(id: string, book: LedgerBook, knownLines: number): LedgerFacts {
	const { entries, packages } = book.ledger;
	const isComplete = book.isComplete();
	return {
		id,
		state: isComplete ? book.state : 'unavailable',
		files: entries.size,
		packages: [...packages.values()].filter(({ state }) => state === 'received').length,
		lines: isComplete ? book.safeLines() : knownLines,
	};
}

/** Made twice, because all of them take much memory. Numbers go on, because what is remembered elsewhere is the highest one. */
function* linesAnew(ledger: Ledger): Generator<object> {
	let number = ledger.lastNumber;
	for (const line of compactLines(ledger)) yield { ...line, number: ++number };
}

function* asStored(lines: Iterable<object>): Generator<unknown> {
	for (const line of lines) yield JSON.parse(JSON.stringify(line)) as unknown;
}

function stateOf(ledger: Ledger, knownLines: number): LedgerState {
	// All lines are there of a first run that died before it could write that the job has begun.
	if (!ledger.hasBegun) return ledger.lastNumber < knownLines || ledger.gaps > 0 ? 'lost' : 'new';
	return ledger.missing > 0 || ledger.lastNumber < knownLines ? 'incomplete' : 'found';
}

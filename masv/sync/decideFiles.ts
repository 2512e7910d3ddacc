import type { Clock } from '../clock';
import { groupInTurns, inTurns, quickly } from '../inTurns';
import { LongMap } from '../longCollections';
import type { ContentSum } from '../upload/contentSum';
import { isContentSum } from '../upload/contentSum';
import type { Ledger, LedgerEntry } from './ledger';
import type { LedgerFile } from './ledgerLines';

/**
 * What to do about the files that were found. Each is in one of these lists, was sent as it is, or is in a delivery that has not
 * ended: that one is tried again.
 */
export interface Decision {
	/** New or changed, and at rest. */
	ready: LedgerFile[];
	/** New or changed, and perhaps still being written. */
	waiting: LedgerFile[];
	/** Sent from the same places, in the same size and at rest, but at another time: whether they are new, their content tells. */
	touched: Array<{ sum: ContentSum; file: LedgerFile }>;
	/** Sent from other places: moved, unless it is still there. Then it is new here, and perhaps not at rest. */
	known: Array<{ from: LedgerFile[]; file: LedgerFile; isQuiet: boolean }>;
	/** How many were sent as they are. */
	sent: number;
}

/** Which files are at rest, and what counts as new. Times in milliseconds. */
export interface DecisionRules {
	/** The current time. */
	now: number;
	/** For how long a file must not have changed. */
	waitMs: number;
	/** Whether a file that someone has moved is sent again. */
	sendMoved: boolean;
	/** What to do about a file that has another modification time but the same size: its content may be what was sent. */
	touchedFiles: 'compare' | 'send';
}

/** Decides about each file. Size and modification time tell whether it is the version that was sent, or else perhaps its content. */
export async function decideFiles(
	files: readonly LedgerFile[],
	ledger: Ledger,
	rules: DecisionRules,
	clock: Pick<Clock, 'sleep'>,
): Promise<Decision> {
	const decision: Decision = { ready: [], waiting: [], touched: [], known: [], sent: 0 };
	const held = await findHeld(ledger, clock);
	const fresh: LedgerFile[] = [];
	const look = (file: LedgerFile): void => {
		if (isSameVersion(ledger.entries.get(file.location)?.file, file)) decision.sent++;
		else if (held.get(file.location)?.some((each) => isSameVersion(each, file)) !== true) fresh.push(file);
	};
	await inTurns(files, clock, look, quickly);
	if (fresh.length === 0) return decision;
	const sent = rules.sendMoved ? new Map<string, LedgerFile[]>() : await findKnown(fresh, ledger, clock);
	const decide = (file: LedgerFile): void => {
		const from = sent.get(identityOf(file) ?? '')?.filter((each) => isSameFile(each, file)) ?? [];
		const isAtRest = isQuiet(file, rules);
		if (from.length > 0) decision.known.push({ from, file, isQuiet: isAtRest });
		else if (!isAtRest) decision.waiting.push(file);
		else {
			const sum = rules.touchedFiles === 'compare' ? findSum(file, ledger) : undefined;
			if (sum === undefined) decision.ready.push(file);
			else decision.touched.push({ sum, file });
		}
	};
	await inTurns(fresh, clock, decide);
	return decision;
}

/** The files whose version the ledger does not have. */
export async function findUnknown(
	files: readonly LedgerFile[],
	{ entries }: Ledger,
	clock: Pick<Clock, 'sleep'>,
): Promise<LedgerFile[]> {
	const unknown: LedgerFile[] = [];
	const look = (file: LedgerFile): void => {
		if (!isSameVersion(entries.get(file.location)?.file, file)) unknown.push(file);
	};
	await inTurns(files, clock, look, quickly);
	return unknown;
}

/**
 * Identifies what was sent from the same place, if it may be the same content. Where a delivery moves or deletes its files, whatever
 * is there has come since: it was not touched.
 */
function findSum({ location, bytes }: LedgerFile, { entries }: Ledger): ContentSum | undefined {
	const entry = entries.get(location);
	if (entry?.file.bytes !== bytes) return undefined;
	const { after, cleared } = entry.delivery;
	const { sum } = entry.file;
	// It may have been damaged.
	return (after ?? cleared) === undefined && isContentSum(sum) ? sum : undefined;
}

/** By location, what the deliveries contain that have not ended. */
async function findHeld({ unfinished }: Ledger, clock: Pick<Clock, 'sleep'>): Promise<Map<string, LedgerFile[]>> {
	const sending = [...unfinished.values()].filter(({ state }) => state === 'sending');
	const files = sending.flatMap((delivery) => delivery.files);
	return await groupInTurns(files, clock, ({ location }) => location);
}

/** Whether a file is the version of which this is known. */
export function isSameVersion(known: LedgerFile | undefined, { bytes, modified }: LedgerFile): boolean {
	return known !== undefined && known.bytes === bytes && known.modified === modified;
}

/** The same version under the same identity: another file may have got the inode of one that was deleted, and its size and time. */
function isSameFile(known: LedgerFile, file: LedgerFile): boolean {
	const { born = known.born } = file;
	return isSameVersion(known, file) && (known.born === undefined || known.born === born);
}

/** The clock of a file server may be ahead by less. A change that is dated later was made while a clock was wrong. */
const maxAheadMs = 24 * 60 * 60 * 1000;

/**
 * Whether nothing has changed a file for long enough. Programs such as `cp -p` set the modification time back, but none can
 * set the time of the last change, which some disks do not have. A modification time in the future says nothing, and neither does
 * a change that the file would have to wait for longer than a day.
 */
function isQuiet(file: LedgerFile, { now, waitMs }: Pick<DecisionRules, 'now' | 'waitMs'>): boolean {
	const hasRested = (at: string, maxMs: number): boolean => {
		const restMs = Math.max(waitMs, isWhole(at) ? coarsestMs : 0);
		return restMs === 0 || toMs(at) > maxMs || toMs(at) <= now - restMs;
	};
	return hasRested(file.modified, now) && hasRested(file.changed, now + maxAheadMs);
}

/**
 * Disks that keep times in whole seconds (FAT: in two) do not show that a file was changed again in the same one: what was sent then
 * would seem to be all.
 */
const coarsestMs = 2_000;

function isWhole(nanoseconds: string): boolean {
	return nanoseconds.endsWith('000000000');
}

function toMs(nanoseconds: string): number {
	return Number(BigInt(nanoseconds) / 1_000_000n);
}

/** By device and inode, what was sent of the files that are new at their places. */
async function findKnown(
	fresh: readonly LedgerFile[],
	{ entries }: Ledger,
	clock: Pick<Clock, 'sleep'>,
): Promise<Map<string, LedgerFile[]>> {
	const known = new LongMap<string, LedgerFile[]>();
	const expect = (file: LedgerFile): void => {
		const identity = identityOf(file);
		if (identity !== undefined) known.set(identity, []);
	};
	const find = ({ file, delivery }: LedgerEntry): void => {
		// What has the inode of a file that is gone is another one, if nothing else tells: someone may have moved it before.
		if (delivery.cleared === undefined || file.born !== undefined) known.get(identityOf(file) ?? '')?.push(file);
	};
	await inTurns(fresh, clock, expect, quickly);
	await inTurns(entries.values(), clock, find, quickly);
	return known;
}

/** What a file keeps if it is renamed. Undefined on disks that do not number their files. */
function identityOf({ device, inode }: { device: string; inode: string }): string | undefined {
	return inode === '0' ? undefined : `${device} ${inode}`;
}

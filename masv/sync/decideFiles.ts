import type { FileSource, FileStamp } from '../transfer/source';
import type { Ledger } from './ledger';
import type { LedgerFile } from './ledgerLines';

/** A file that was found on disk. */
export type FoundFile = FileSource & { location: string; stamp: FileStamp };

/** What to do about the files that were found. Each is in one of these lists, or was sent as it is. */
export interface Decision {
	/** New or changed, and at rest. */
	ready: FoundFile[];
	/** New or changed, and perhaps still being written. */
	waiting: FoundFile[];
	/** Sent from another place, where nothing was found any more. */
	moved: Array<{ from: LedgerFile; file: FoundFile }>;
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
}

/** Decides about each file. Size and modification time tell whether it is the version that was sent. */
export function decideFiles(files: readonly FoundFile[], ledger: Ledger, rules: DecisionRules): Decision {
	const decision: Decision = { ready: [], waiting: [], moved: [], sent: 0 };
	const fresh = files.filter((file) => !isSameVersion(ledger.entries.get(file.location)?.file, file));
	decision.sent = files.length - fresh.length;
	if (fresh.length === 0) return decision;
	const gone = rules.sendMoved ? new Map<string, LedgerFile[]>() : findGone(files, ledger);
	for (const file of fresh) {
		const from = takeMoved(gone, file);
		if (from !== undefined) decision.moved.push({ from, file });
		else if (isQuiet(file, rules)) decision.ready.push(file);
		else decision.waiting.push(file);
	}
	return decision;
}

/** Whether a file is the version of which this is known. */
export function isSameVersion(known: LedgerFile | undefined, { bytes, stamp }: FoundFile): boolean {
	return known !== undefined && known.bytes === bytes && known.modified === stamp.modified;
}

/**
 * Whether nothing has changed a file for long enough. Programs such as `cp -p` set the modification time back, but none can
 * set the time of the last change, which some disks do not have. A modification time in the future says nothing.
 */
export function isQuiet({ stamp }: FoundFile, { now, waitMs }: Pick<DecisionRules, 'now' | 'waitMs'>): boolean {
	const modified = toMs(stamp.modified);
	const latest = modified > now ? toMs(stamp.changed) : Math.max(modified, toMs(stamp.changed));
	return waitMs === 0 || latest <= now - waitMs;
}

function toMs(nanoseconds: string): number {
	return Number(BigInt(nanoseconds) / 1_000_000n);
}

/** By device and inode, the files that were sent from places where nothing was found now. */
function findGone(files: readonly FoundFile[], { entries }: Ledger): Map<string, LedgerFile[]> {
	const there = new Set(files.map(({ location }) => location));
	const gone = new Map<string, LedgerFile[]>();
	for (const { file } of entries.values()) {
		const identity = identityOf(file);
		if (identity === undefined || there.has(file.location)) continue;
		gone.set(identity, [...(gone.get(identity) ?? []), file]);
	}
	return gone;
}

function takeMoved(gone: Map<string, LedgerFile[]>, file: FoundFile): LedgerFile | undefined {
	const identity = identityOf(file.stamp);
	const candidates = (identity !== undefined && gone.get(identity)) || [];
	const from = candidates.find((candidate) => isSameVersion(candidate, file));
	if (from !== undefined) candidates.splice(candidates.indexOf(from), 1);
	return from;
}

/** Undefined on disks that do not number their files. */
function identityOf({ device, inode }: { device: string; inode: string }): string | undefined {
	return inode === '0' ? undefined : `${device} ${inode}`;
}

export function toLedgerFile({ location, path, name, bytes, stamp }: FoundFile): LedgerFile {
	const { modified, changed, device, inode } = stamp;
	return { location, path, name, bytes, modified, changed, device, inode };
}

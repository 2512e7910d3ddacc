import type { MasvError } from '../errors';
import type { Journal } from '../transfer/journal';
import type { FileSource } from '../transfer/source';
import type { SendResult } from '../upload/sendPackage';
import type { SendRequest } from '../upload/sendRequest';
import type { DecisionRules } from './decideFiles';
import type { OnePackagePer } from './groupFiles';
import type { LedgerFacts, LedgerOwner } from './ledgerBook';
import type { LedgerFile } from './ledgerLines';
import type { JobRules } from './takeJob';

/** What becomes of a file on disk once it was sent. */
export interface AfterSending {
	kind: 'move' | 'delete';
	/**
	 * Moves or deletes a file if it is still the version that was sent, or gone.
	 * @returns undefined if nothing is left to do; otherwise why it was left, and whether the next run is to try again
	 */
	clear(file: LedgerFile): Promise<{ reason: string; isFinal: boolean } | undefined>;
}

export interface SendNewRequest
	extends
		Omit<SendRequest, 'sources' | 'directories' | 'key' | 'scope' | 'ifRunning'>,
		Omit<DecisionRules, 'now'>,
		Pick<JobRules, 'ifRunning'> {
	owner: LedgerOwner;
	/** Where ledgers are kept. Nothing ever removes a record there. */
	ledgers: Journal | undefined;
	/** How many lines the ledger with this ID had, as far as that is remembered elsewhere; otherwise 0. */
	knownLines: (ledgerId: string) => number;
	/** Lists the files: no sources, which take more memory. Called once no other run of the job is at work. */
	list: () => Promise<LedgerFile[]>;
	/** A source for what was at a place, as it was then. */
	toSource: (file: LedgerFile) => FileSource;
	/** Whether a file has not been moved or removed since it was listed, whatever its content is now. If in doubt, it has not. */
	isThere: (file: LedgerFile) => Promise<boolean>;
	/**
	 * Whether a file that was not listed seems to be on a disk that is not mounted.
	 * @param mounted devices on which files were listed
	 * @throws errors with the system's `code`
	 */
	isUnmounted: (file: LedgerFile, mounted: ReadonlySet<string>) => Promise<boolean>;
	per: OnePackagePer;
	/** Folder in the package that everything goes to. */
	top: string;
	/** What to do with the files that are there at the first run, or when the ledger was lost. */
	firstRun: 'send' | 'mark';
	/** Default: the files stay. */
	after?: AfterSending;
}

/** A file that was not moved or deleted. */
export interface LeftInPlace {
	/** Where it is. */
	path: string;
	reason: string;
}

/** A package that was sent. */
export interface SentNew extends SendResult {
	/** Whether an earlier run had begun it, or had sent it and could not report it. */
	recovered: boolean;
	left_in_place: LeftInPlace[];
}

/** A delivery that failed. The next run tries it again. */
export interface FailedDelivery {
	/** Where the first of its files is. */
	path: string;
	/** How many files it has. */
	files: number;
	error: MasvError;
}

export interface SendNewResult {
	/** In the order in which they were sent. */
	sent: SentNew[];
	/** Empty if nothing was sent: then the first error is thrown. */
	failed: readonly FailedDelivery[];
	/** Files that may still be written. */
	waiting: LedgerFile[];
	/** How many files were marked as sent. */
	marked: number;
	/** How many files someone has moved since they were sent. */
	moved: number;
	/** How many files someone has touched since they were sent: with other times, but the same content. */
	unchanged: number;
	/** Undefined if another run of the job is at work. */
	ledger: LedgerFacts | undefined;
	/** What a person should know about the run, apart from what its packages say. */
	warnings: string[];
	/** Why the run has ended early. What was sent before is in `sent`, and in the ledger. */
	failure?: unknown;
}

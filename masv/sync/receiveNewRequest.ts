import type { PackageSource } from '../download/openSource';
import type { ReceiveResult } from '../download/receivePackage';
import type { RetryPolicy } from '../retry';
import type { Journal } from '../transfer/journal';
import type { PackageOrigin, WaitingPackage } from './findPackages';
import type { LedgerFacts, LedgerOwner } from './ledgerBook';
import type { JobRules } from './takeJob';

export interface ReceiveNewRequest extends JobRules {
	owner: LedgerOwner;
	/** Where ledgers are kept. Nothing ever removes a record there. */
	ledgers: Journal | undefined;
	/** Where runs note the links that they make, see masv/download/linkRecord.ts. */
	journal?: Journal;
	/** How many lines the ledger with this ID had, as far as that is remembered elsewhere; otherwise 0. */
	knownLines: (ledgerId: string) => number;
	origin: PackageOrigin;
	/** Packages that were created before are not received. Milliseconds; 0: all are. */
	from: number;
	/** Identifies the execution that reports what was received. */
	run?: string;
	/** For looking up packages. Default: a quarter of an hour, as for receiving them. */
	policy?: RetryPolicy;
	/**
	 * Receives all files of a package. What is there already is not received again.
	 * @param isAgain whether all of it was received, and only could not be reported
	 */
	receive: (source: PackageSource, isAgain: boolean) => Promise<ReceiveResult>;
	onWarning?: (text: string) => void;
}

/** A package that was received. */
export interface ReceivedNew extends ReceiveResult {
	/** Null if MASV does not say. */
	portal_id: string | null;
	/** When its upload began: ISO 8601. */
	created_at: string;
}

/** A package that could not be received. The next run tries it again. */
export interface FailedPackage {
	id: string;
	name: string;
	error: unknown;
}

/** A package that was not received, and is told only once. */
export interface GonePackage {
	id: string;
	name: string;
	/** `not_found`: MASV does not have it, or not for this key. It is received if it comes back within 30 days. */
	reason: 'expired' | 'archived' | 'not_found';
}

export interface ReceiveNewResult {
	/** In the order in which the packages were created. */
	received: ReceivedNew[];
	failed: FailedPackage[];
	gone: GonePackage[];
	/** Packages that are still being uploaded. */
	waiting: WaitingPackage[];
	/** Undefined if another run of the job is at work. */
	ledger: LedgerFacts | undefined;
	/** What a person should know about the run, apart from what its packages say. */
	warnings: string[];
	/** Why the run has ended early. What was received before is in `received`, and in the ledger. */
	failure?: unknown;
}

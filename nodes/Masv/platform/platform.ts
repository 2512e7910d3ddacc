import type { IExecuteFunctions } from 'n8n-workflow';

import type { Clock } from '../../../masv/clock';
import type { Hashing } from '../../../masv/hashing';
import type { Bookkeeping } from '../../../masv/transfer/bookkeeping';
import type { Journal } from '../../../masv/transfer/journal';
import type { AfterSending } from '../../../masv/sync/sendNewRequest';
import type { EgressPolicy } from '../../../masv/node/egress';
import type { HostRequest } from '../../../masv/node/hostTransport';
import type { MatchPattern } from '../../../masv/matchPattern';
import type { Paces } from '../../../masv/pace';
import type { Load } from '../../../masv/load';
import type { Bandwidths } from '../../../masv/transfer/bandwidth';
import type { Lines } from '../../../masv/transfer/lines';
import type { MemoryShares } from '../../../masv/transfer/memoryShares';
import type { Disk } from '../../../masv/transfer/disk';
import type { TargetFolder } from '../../../masv/download/target';
import type { Transport } from '../../../masv/transport';
import type { EventMemory } from '../../../masv/webhooks/eventMemory';
import type { BinaryLimits } from './binaryLimits';

export type { EgressPolicy };

/** What the client, the uploads and the triggers need from the machine they run on. */
export interface Platform {
	/** @param policy which hosts may be connected to. Without one, all of them */
	transportFor: (policy: EgressPolicy | undefined) => Transport;
	/**
	 * For credential tests, which n8n gives no policy.
	 * @param request n8n's own, for which the policy holds
	 */
	testTransport: (request: HostRequest | undefined) => Transport;
	clock: Clock;
	hashing: Hashing;
	matchPattern: MatchPattern;
	/** The rates of requests, shared by all executions of the process. */
	paces: Paces;
	/** How many connections the executions of the process together use. */
	lines: Lines;
	/** What the executions of the process together keep in memory of what they transfer. */
	memoryShares: MemoryShares;
	/** The limits of the rate of content that the executions of the process share. */
	bandwidths: Bandwidths;
	load: Load;
	disk: Disk;
	/**
	 * Opens a folder that is to receive files, and creates it if it is missing.
	 * @param location without links
	 * @param checkAllowed throws for a file or folder that must not be written
	 */
	openTarget(location: string, checkAllowed: (location: string) => void): Promise<TargetFolder>;
	/** The stream that n8n stores binary data from. Its pieces are copies. To stop reading ends the iteration. */
	toReadable(pieces: AsyncIterable<Uint8Array>): Parameters<IExecuteFunctions['helpers']['prepareBinaryData']>[0];
	/** The folders that the administrator of n8n allows workflows to read; undefined if none are set. For messages. */
	allowedFolders(): string[] | undefined;
	/**
	 * Where deliveries are recorded until they are complete, and the leases under which they run. Never fails a delivery.
	 * @param onError called once when something cannot be recorded
	 * @param signal of the run: once it aborts, a folder that does not respond is not waited for
	 */
	bookkeeping(onError: (folder: string, reason: string) => void, signal?: AbortSignal): Bookkeeping;
	/** Where what was sent is recorded for good: nothing removes a record there. Parameters as for `bookkeeping`. */
	ledgers(onError: (folder: string, reason: string) => void, signal?: AbortSignal): Journal;
	/**
	 * Deletes files that were sent, or moves them.
	 * @param moveTo without links. Undefined: they are deleted
	 * @param checkAllowed throws for a file or folder that must not be changed
	 */
	clearing(moveTo: string | undefined, checkAllowed: (location: string) => void): AfterSending;
	/**
	 * Which events a trigger has already received. The same name returns the same memory.
	 * @param name letters and digits
	 * @param onError called once when the memory will not outlive this process
	 */
	eventMemory(name: string, onError: (reason: string) => void): EventMemory;
	/** The largest files that n8n can keep as binary data. */
	binaryLimits: BinaryLimits;
	/** @returns once: the data folder, if n8n consists of several processes and only this one uses it. Never fails */
	findUnshared(): Promise<string | undefined>;
}

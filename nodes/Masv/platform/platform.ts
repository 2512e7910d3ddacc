import type { Clock } from '../../../masv/clock';
import type { Hashing } from '../../../masv/hashing';
import type { Load } from '../../../masv/load';
import type { Disk } from '../../../masv/transfer/disk';
import type { Journal } from '../../../masv/transfer/journal';
import type { Transport } from '../../../masv/transport';
import type { EventMemory } from '../../../masv/webhooks/eventMemory';

/** What the client, the uploads and the triggers need from the machine they run on. */
export interface Platform {
	transport: Transport;
	clock: Clock;
	hashing: Hashing;
	load: Load;
	disk: Disk;
	/**
	 * Where unfinished uploads are recorded.
	 * @param onError called once when nothing can be recorded; uploads continue without it
	 */
	uploadJournal(onError: (folder: string, reason: string) => void): Journal;
	/**
	 * Which events a trigger has already received. The same name returns the same memory.
	 * @param name letters and digits
	 * @param onError called once when the memory will not outlive this process
	 */
	eventMemory(name: string, onError: (reason: string) => void): EventMemory;
}

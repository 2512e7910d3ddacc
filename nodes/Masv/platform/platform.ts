import type { Clock } from '../../../masv/clock';
import type { Hashing } from '../../../masv/hashing';
import type { Disk } from '../../../masv/transfer/disk';
import type { Journal } from '../../../masv/transfer/journal';
import type { Transport } from '../../../masv/transport';
import type { EventMemory } from '../../../masv/webhooks/eventMemory';

/** Everything that MASV's client, uploads and triggers need of the machine they run on. */
export interface Platform {
	transport: Transport;
	clock: Clock;
	hashing: Hashing;
	disk: Disk;
	/**
	 * Where unfinished uploads are remembered.
	 * @param onError told once when nothing can be remembered; uploads go on without it
	 */
	uploadJournal(onError: (folder: string, reason: string) => void): Journal;
	/**
	 * Which events a trigger has received already. The same name gives the same memory.
	 * @param name letters and digits
	 * @param onError told once when the memory does not outlive this process
	 */
	eventMemory(name: string, onError: (reason: string) => void): EventMemory;
}

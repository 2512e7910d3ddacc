import type { Journal, JournalRecord } from './journal';
import type { Lease } from './lease';

/**
 * Opens the record of work whose lease has been taken, and gives the lease back if that throws.
 * @returns undefined if nothing can be noted
 */
export async function openRecord(
	journal: Journal | undefined,
	key: string,
	lease: Lease | undefined,
): Promise<JournalRecord | undefined> {
	try {
		const record = await journal?.open(key);
		return record?.hasFailed?.() === true ? undefined : record;
	} catch (error) {
		await lease?.release();
		throw error;
	}
}

import type { MasvClient } from '../client';
import type { JournalRecord } from '../transfer/journal';
import type { Lease } from '../transfer/lease';
import { openRecord } from '../transfer/openRecord';
import type { TakeDownloadOptions } from './takeDownload';

export type LinkBooks = Pick<TakeDownloadOptions, 'journal' | 'leases'>;

/** What one run notes about its links, under a lease that shows others whether the run is alive. */
export interface LinkRecord {
	record: JournalRecord;
	/** @param isDone whether there is nothing left for a later run */
	end(isDone: boolean): Promise<void>;
}

/**
 * Each run has a record of its own, wherever it receives the package to: runs to several places are at work at the same time, and a
 * folder may have another name when the next run looks for what a killed one has left.
 * @param id of the run that the record is of
 * @returns undefined if the run is alive, or if nothing can be noted
 */
export async function takeLinkRecord(
	client: MasvClient,
	{ journal, leases }: LinkBooks,
	packageId: string,
	id: string,
): Promise<LinkRecord | undefined> {
	if (journal === undefined) return undefined;
	let lease: Lease | undefined;
	if (leases !== undefined) {
		const taken = await leases.take(id, { signal: client.signal });
		if (taken === undefined || taken === 'held') return undefined;
		lease = taken;
	}
	const record = await openRecord(journal, `${prefixOf(client, packageId)}${id}`, lease);
	if (record === undefined) {
		await lease?.release();
		return undefined;
	}
	return {
		record,
		end: async (isDone) => {
			if (isDone) await record.remove();
			await record.close();
			await lease?.release();
		},
	};
}

/** The runs of which there is a record about this package: IDs for {@link takeLinkRecord}. */
export async function findLinkRecords(
	client: MasvClient,
	{ journal }: LinkBooks,
	packageId: string,
): Promise<string[]> {
	const prefix = prefixOf(client, packageId);
	const records = await journal?.readAll(prefix);
	return [...(records?.keys() ?? [])].map((key) => key.slice(prefix.length));
}

/** Which of these packages there are records about. */
export async function findLinkedPackages(
	client: MasvClient,
	{ journal }: LinkBooks,
	packageIds: Iterable<string>,
): Promise<string[]> {
	const records = await journal?.readAll(commonPrefix(client));
	const prefixes = new Set([...(records?.keys() ?? [])].map((key) => key.slice(0, key.lastIndexOf('-') + 1)));
	return prefixes.size === 0 ? [] : [...packageIds].filter((id) => prefixes.has(prefixOf(client, id)));
}

function prefixOf(client: MasvClient, packageId: string): string {
	return `${commonPrefix(client)}${client.recordKey(['links', packageId])}-`;
}

function commonPrefix(client: MasvClient): string {
	return client.recordKey(['links']);
}

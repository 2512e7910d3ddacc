import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import type { MasvClient } from '../../../masv/client';
import { firstFailure } from '../../../masv/download/downloadEntries';
import type { DownloadedFile } from '../../../masv/download/downloadRun';
import { receiveToFolder } from '../../../masv/download/receiveToFolder';
import type { ReceiveRequest } from '../../../masv/download/receiveToFolder';
import { receiveToStreams } from '../../../masv/download/receiveStreams';
import type { PackageEntry } from '../../../masv/download/selectFiles';
import { withFirst } from '../input';
import type { ItemResult } from '../operation';
import type { TransferHints } from '../transferHint';
import type { ItemNames, NamedEntries } from './namedEntries';
import { findNamed } from './namedEntries';
import { receiveBinary } from './receiveBinary';
import { withReceiveTarget } from './receiveTarget';

export interface GroupRequest extends Omit<ReceiveRequest, 'target' | 'isWanted' | 'onListed'> {
	/** Whether the first error ends the work. */
	stopAtFirst: boolean;
	hints: TransferHints;
	to: { folder: string } | { outputField: string };
}

/** What became of the files, whatever they were received to. */
interface Receipt {
	package: { id: string; name: string };
	durationMs: number;
	warnings: string[];
	skipped: Array<{ entry: PackageEntry; reason: string; location?: string }>;
	/** The files that were to be received, and what became of them. */
	entries: PackageEntry[];
	results: Array<PromiseSettledResult<Omit<DownloadedFile, 'location'> & { location?: string; content?: IBinaryData }>>;
}

/**
 * Downloads the files that several items name, all of one package. Never throws: an error that affects all files is returned as
 * a failure of each item.
 * @returns one result per file, with the items that name it, in the order of the items
 */
export async function downloadGroup(
	n8n: IExecuteFunctions,
	client: MasvClient,
	group: ItemNames[],
	request: GroupRequest,
): Promise<ItemResult[]> {
	const { archives, stopAtFirst } = request;
	const named = findNamed(group, { archives, stopAtFirst, clock: client.clock });
	try {
		return await downloadEach(n8n, client, named, request);
	} catch (error) {
		const culprits = named.failures.flatMap((failure) => (failure.error === error ? [failure.itemIndex] : []));
		const all = group.map(({ itemIndex }) => itemIndex);
		return withFirst(culprits, all).map((itemIndex) => ({ itemIndexes: [itemIndex], error }));
	}
}

async function downloadEach(
	n8n: IExecuteFunctions,
	client: MasvClient,
	named: NamedEntries,
	{ to, stopAtFirst, hints, ...request }: GroupRequest,
): Promise<ItemResult[]> {
	const receipt = await receive(n8n, client, { ...request, ...named, archives: true }, to, stopAtFirst);
	const itemsOf = (index: number): number[] => named.itemsOf((receipt.entries[index] as PackageEntry).id);
	const failure = stopAtFirst ? firstFailure(receipt.results, 'folder' in to) : undefined;
	if (failure !== undefined) return [{ itemIndexes: itemsOf(failure.index), error: failure.error }];
	const received = receipt.results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
	const skipped = receipt.skipped.filter(({ reason }) => reason !== 'excluded');
	hints.received({ files: received, skipped, duration_ms: receipt.durationMs });
	const about = { package: receipt.package, warnings: receipt.warnings };
	const files = receipt.results.map((result, index): ItemResult => {
		const itemIndexes = itemsOf(index);
		if (result.status === 'rejected') return { itemIndexes, error: result.reason as unknown };
		const { content, ...file } = result.value;
		const binary = content !== undefined && 'outputField' in to ? { [to.outputField]: content } : undefined;
		return { itemIndexes, json: { ...file, status: 'received', ...about }, binary };
	});
	const others = skipped.map(({ entry: { id, name, path, bytes = null }, reason, location = null }): ItemResult => ({
		itemIndexes: named.itemsOf(id),
		json: { ...{ id, name, path, size: bytes, location, md5: null, verified: false }, status: reason, ...about },
	}));
	const failures = named.failures.map(({ itemIndex, error }) => ({ itemIndexes: [itemIndex], error }));
	return [...failures, ...files, ...others].sort((a, b) => (a.itemIndexes[0] ?? 0) - (b.itemIndexes[0] ?? 0));
}

async function receive(
	n8n: IExecuteFunctions,
	client: MasvClient,
	request: Omit<ReceiveRequest, 'target'>,
	to: GroupRequest['to'],
	stopAtFirst: boolean,
): Promise<Receipt> {
	if ('outputField' in to) {
		return await receiveToStreams(client, { ...request, ...receiveBinary(n8n, { stopAtFirst }) });
	}
	return await withReceiveTarget(n8n, to.folder, async (target) => {
		const receipt = await receiveToFolder(client, { ...request, target });
		return { ...receipt, entries: receipt.jobs.map(({ entry }) => entry) };
	});
}

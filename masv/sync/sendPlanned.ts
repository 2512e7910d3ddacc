import type { MasvClient } from '../client';
import { LongMap } from '../longCollections';
import type { PackageTarget } from '../packages/create';
import { placeOf } from '../transfer/places';
import type { ContentSum } from '../upload/contentSum';
import type { SendResult } from '../upload/sendPackage';
import { sendPackage, targetFacts } from '../upload/sendPackage';
import { clearFiles } from './clearFiles';
import type { LedgerDelivery } from './ledger';
import type { LedgerBook } from './ledgerBook';
import type { LedgerFile } from './ledgerLines';
import type { SendNewRequest, SentNew } from './sendNewRequest';

/** Who a run tells what. */
export interface Tell {
	onSent: (sent: SentNew) => void;
	/** Tells a person. */
	warn: (text: string) => void;
}

/** A delivery that is in the ledger. */
export type Planned = Pick<LedgerDelivery, 'id' | 'key' | 'name'>;

/**
 * Enters what is to be sent, before anything is created in MASV: a run that dies later has left enough to find its package.
 * @param name see {@link LedgerDelivery}
 * @param underKey of a delivery that this one takes the place of
 */
export async function planFiles(
	client: MasvClient,
	{ target }: SendNewRequest,
	book: LedgerBook,
	files: readonly LedgerFile[],
	name: string,
	underKey?: string,
): Promise<Planned> {
	const id = client.hashing.randomHex(16);
	const key = underKey ?? client.recordKey(['sync', id]);
	await book.plan(id, files);
	const line = {
		kind: 'sending',
		delivery: id,
		key,
		target: targetKey(client, target),
		name,
		files: files.length,
	} as const;
	await book.write(line, { durable: true });
	return { id, key, name };
}

export function targetKey(client: MasvClient, target: PackageTarget): string {
	return client.recordKey(['target', targetFacts(target)]);
}

/** Sends a delivery that is in the ledger, or continues it. If it was sent, only its package is looked up. */
export async function sendUnderKey(
	client: MasvClient,
	{ owner, target, run: _run, ...request }: SendNewRequest,
	book: LedgerBook,
	{ key, name }: Planned,
	files: readonly LedgerFile[],
): Promise<SendResult> {
	return await sendPackage(client, {
		...request,
		target: withName(target, name),
		sources: files.map(request.toSource),
		scope: owner.scope,
		jobGuard: book,
		contentSums: true,
		// Without a ledger, the next run recognizes the delivery by its files.
		key: book.isComplete() ? key : undefined,
		ifRunning: 'wait',
	});
}

/**
 * Sends a delivery that is in the ledger, or continues it, and enters that it was sent.
 * @param tell `onSent`: called before its files are moved or deleted. No later run would report it
 */
export async function sendPlanned(
	client: MasvClient,
	request: SendNewRequest,
	book: LedgerBook,
	planned: Planned,
	files: readonly LedgerFile[],
	{ onSent, warn }: Tell,
	recovered = false,
): Promise<void> {
	const { id } = planned;
	const { after, run } = request;
	const result = await sendUnderKey(client, request, book, planned, files);
	const sums = takeSums(result);
	const afterwards = result.reconciled ? after : undefined;
	const line = { kind: 'sent', delivery: id, package: result.package.id, at: client.clock.now(), run } as const;
	await book.enterSums(
		id,
		files.map((file) => sums.get(placeOf(file))),
	);
	await book.write({ ...line, ...(afterwards !== undefined && { after: afterwards.kind }) }, { durable: true });
	if (after !== undefined && afterwards === undefined) warn(unprovenText(result, after.kind));
	const sent: SentNew = { ...result, recovered, left_in_place: [] };
	onSent(sent);
	if (afterwards === undefined) return;
	sent.left_in_place = await clearFiles(client, book, id, afterwards, files);
}

/** By place, what identifies the content of the files. It is for the ledger only. */
export function takeSums({ files }: SendResult): Map<string, ContentSum | undefined> {
	const sums = new LongMap(files.map((file) => [placeOf(file), file.content_sum]));
	for (const file of files) delete file.content_sum;
	return sums;
}

function unprovenText({ package: { id } }: SendResult, kind: 'move' | 'delete'): string {
	return `MASV's list did not confirm the files of package ${id}, so they are not ${kind === 'move' ? 'moved' : 'deleted'}.`;
}

function withName<T extends PackageTarget>(target: T, name: string): T {
	if (name === '') return target;
	return { ...target, request: { ...target.request, name: `${target.request.name}: ${name}` } };
}

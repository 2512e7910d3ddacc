import type { MasvClient } from '../client';
import { MasvError, throwIfCancelled } from '../errors';
import type { Decision, FoundFile } from './decideFiles';
import { decideFiles, isSameVersion, toLedgerFile } from './decideFiles';
import { groupFiles } from './groupFiles';
import type { LedgerBook } from './ledgerBook';
import type { LedgerFile } from './ledgerLines';
import { finishDeliveries, reportAgain } from './finishDeliveries';
import { planFiles, sendPlanned } from './sendPlanned';
import type { SendNewRequest, SendNewResult, SentNew } from './sendNewRequest';

/** What is carried out under the lease of the job. @param warn tells a person */
export async function runJob(
	client: MasvClient,
	request: SendNewRequest,
	book: LedgerBook,
	warn: (text: string) => void,
): Promise<Omit<SendNewResult, 'ledger' | 'warnings'>> {
	const sent: SentNew[] = [];
	let waiting: FoundFile[] = [];
	let [marked, moved] = [0, 0];
	try {
		// Finishing earlier deliveries may take hours, after which everything would seem to have rested.
		const now = client.clock.now();
		const files = await request.list();
		tellState(book, request, warn);
		const onSent = (each: SentNew): void => void sent.push(each);
		await reportAgain(client, request, book, onSent);
		await finishDeliveries(client, request, book, files, onSent, warn);
		if (book.state !== 'found') marked = await begin(client, request, book, files);
		const decision = decideFiles(files, book.ledger, { ...request, now });
		waiting = decision.waiting;
		const { movedFiles, others } = await findMoved(decision, request);
		moved = movedFiles.length;
		if (moved > 0) await book.write({ kind: 'moved', files: movedFiles }, { durable: true });
		for (const { name, files: group } of groupFiles([...decision.ready, ...others], request.per, request.top)) {
			throwIfCancelled(client.signal);
			const delivery = await planFiles(client, request, book, group, name);
			sent.push(await sendPlanned(client, request, book, delivery, group, warn));
		}
		if (!book.isComplete()) warn(`The ledger cannot be written. ${nextTime(request)}`);
	} catch (error) {
		// What was sent is known to the ledger, so no later run would report it.
		if (sent.length === 0) throw error;
		if (error instanceof MasvError) {
			const ids = sent.map((each) => each.package.id).join(', ');
			error.addHint(`Sent before, and not sent again: ${ids}.`);
		}
		return { sent, waiting, marked, moved, failure: error };
	}
	return { sent, waiting, marked, moved };
}

function tellState({ state }: LedgerBook, request: SendNewRequest, warn: (text: string) => void): void {
	const now = request.firstRun === 'mark' ? 'are marked as sent now' : 'are sent now, perhaps again';
	if (state === 'lost') warn(`The ledger of what was sent is gone. The files that are there ${now}.`);
	if (state === 'incomplete')
		warn(`The ledger of what was sent is incomplete. The files that it does not contain ${now}.`);
}

function nextTime({ firstRun }: SendNewRequest): string {
	return firstRun === 'mark'
		? 'As long as this is so, no file counts as new.'
		: 'The next run sends the same files again.';
}

/**
 * The first run of a job. The line that says that it has begun comes last: otherwise, a run that dies before would leave files
 * to be sent that should only be marked.
 * @returns how many files were marked as sent
 */
async function begin(
	client: MasvClient,
	{ firstRun, owner }: SendNewRequest,
	book: LedgerBook,
	files: readonly FoundFile[],
): Promise<number> {
	const { entries } = book.ledger;
	const unknown = files.filter((file) => !isSameVersion(entries.get(file.location)?.file, file));
	const isMarking = firstRun === 'mark' && unknown.length > 0;
	if (isMarking) {
		const delivery = client.hashing.randomHex(16);
		await book.plan(delivery, unknown.map(toLedgerFile));
		await book.write({ kind: 'marked', delivery, at: client.clock.now() });
	}
	await book.begin(owner);
	return isMarking ? unknown.length : 0;
}

/**
 * Which of the files that were sent from other places were moved. If one is still there, the file has a second name, which is new,
 * and has rested for as long as the first one. Another file may have taken the place.
 */
async function findMoved(
	{ known }: Decision,
	{ isThere }: SendNewRequest,
): Promise<{ movedFiles: Array<{ from: string; to: LedgerFile }>; others: FoundFile[] }> {
	const moves = new Map<string, LedgerFile>();
	const others: FoundFile[] = [];
	for (const { file, from } of known) {
		const origin = await findGone(
			from.filter(({ location }) => !moves.has(location)),
			isThere,
		);
		if (origin !== undefined) moves.set(origin.location, toLedgerFile(file));
		else others.push(file);
	}
	return { movedFiles: [...moves].map(([from, to]) => ({ from, to })), others };
}

async function findGone(
	files: readonly LedgerFile[],
	isThere: SendNewRequest['isThere'],
): Promise<LedgerFile | undefined> {
	for (const file of files) if (!(await isThere(file))) return file;
	return undefined;
}

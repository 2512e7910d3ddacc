import type { MasvClient } from '../client';
import { MasvError } from '../errors';
import { createAttempts, notSent } from './attempts';
import { compareTouched } from './compareTouched';
import type { Decision } from './decideFiles';
import { decideFiles, findUnknown } from './decideFiles';
import { forgetCleared } from './forgetCleared';
import { followMoves } from './followMoves';
import { groupFiles } from './groupFiles';
import type { LedgerBook } from './ledgerBook';
import { isRenamed } from './ledgerBook';
import type { LedgerFile } from './ledgerLines';
import { finishDeliveries, reportAgain } from './finishDeliveries';
import type { Tell } from './sendPlanned';
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
	let waiting: LedgerFile[] = [];
	let [marked, moved, unchanged] = [0, 0, 0];
	const tell: Tell = { onSent: (each) => void sent.push(each), warn };
	const attempts = createAttempts(client, book, warn);
	const { failed } = attempts;
	try {
		// Finishing earlier deliveries may take hours, after which everything would seem to have rested.
		const now = client.clock.now();
		const files = await request.list();
		const rules = { ...request, now };
		const decide = async (): Promise<Decision> => await decideFiles(files, book.ledger, rules, client.clock);
		tellState(book, request, warn);
		await reportAgain(client, request, book, tell.onSent);
		if (book.ledger.unfinished.size > 0) {
			// What is finished now may take the place of what was moved, which would not be recognized any more.
			moved += await followMoves(await decide(), request, book, client.clock);
			await finishDeliveries(client, request, book, files, attempts, tell);
		}
		if (book.state !== 'found') marked = await begin(client, request, book, files);
		else if (isRenamed(request.owner, book)) await book.begin(request.owner);
		let decision = await decide();
		const movedNow = await followMoves(decision, request, book, client.clock);
		if (movedNow > 0) decision = await decide();
		moved += movedNow;
		const touched = await compareTouched(client, request, book, decision.touched, attempts);
		unchanged = touched.unchanged;
		const secondNames = Map.groupBy(decision.known, ({ isQuiet }) => isQuiet);
		const secondNamesIf = (isQuiet: boolean): LedgerFile[] => (secondNames.get(isQuiet) ?? []).map(({ file }) => file);
		waiting = [...decision.waiting, ...touched.changing, ...secondNamesIf(false)];
		const fresh = [...decision.ready, ...touched.changed, ...secondNamesIf(true)];
		const attempt = attempts.series(notSent);
		for (const { name, files: group } of groupFiles(fresh, request.per, request.top)) {
			await attempt(group, async () => {
				const delivery = await planFiles(client, request, book, group, name);
				await sendPlanned(client, request, book, delivery, group, tell);
			});
		}
		await forgetCleared(client, request, book, files);
		if (!book.isComplete()) warn(`The ledger cannot be written. ${nextTime(request, book)}`);
		if (sent.length === 0 && failed[0] !== undefined) throw failed[0].error;
	} catch (error) {
		// What was sent is known to the ledger, so no later run would report it.
		if (sent.length === 0) throw error;
		if (error instanceof MasvError) {
			const ids = sent.map((each) => each.package.id).join(', ');
			error.addHint(`Sent before, and not sent again: ${ids}.`);
		}
		return { sent, failed, waiting, marked, moved, unchanged, failure: error };
	}
	return { sent, failed, waiting, marked, moved, unchanged };
}

function tellState({ state }: LedgerBook, request: SendNewRequest, warn: (text: string) => void): void {
	const now = request.firstRun === 'mark' ? 'are marked as sent now' : 'are sent now, perhaps again';
	if (state === 'lost') warn(`The ledger of what was sent is gone. The files that are there ${now}.`);
	if (state === 'incomplete')
		warn(`The ledger of what was sent is incomplete. The files that it does not contain ${now}.`);
}

function nextTime({ firstRun }: SendNewRequest, { state }: LedgerBook): string {
	// A ledger that says that the job has begun is read, and each run sends what it does not contain.
	return firstRun === 'mark' && state !== 'found'
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
	files: readonly LedgerFile[],
): Promise<number> {
	const unknown = await findUnknown(files, book.ledger, client.clock);
	const isMarking = firstRun === 'mark' && unknown.length > 0;
	if (isMarking) {
		const delivery = client.hashing.randomHex(16);
		await book.plan(delivery, unknown);
		await book.write({ kind: 'marked', delivery, at: client.clock.now() });
	}
	await book.begin(owner);
	return isMarking ? unknown.length : 0;
}

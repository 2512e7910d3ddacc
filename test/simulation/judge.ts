import type { Run } from './delivery';
import { listPlaces } from './delivery';
import { excuseFor, isSilentOnCompletion, isTakenOver } from './excuses';
import { doOverlap } from './overlap';
import type { Put } from './put';
import type { Habits } from './server/habits';
import type { Actor, Answer, Entry, Multipart, Part } from './server/model';
import { placeOf } from './server/model';
import type { ServerRequest, Watcher } from './server/state';
import type { JournalDisk } from './simJournal';
import type { LeaseBoard } from './simLeases';
import { partBytes } from './server/packageRoutes';
import type { Timeline } from './timeline';

/** The rules that every history must keep. */
export type Rule =
	/** At most one finalized package per delivery. */
	| 'one package'
	/** Every file of a finalized package is whole, is the source, and is there once; none is missing or in excess. */
	| 'whole files'
	/** Nothing of others is changed or removed. */
	| 'nothing of others'
	/** Nothing is sent that is not to be, whatever links in a folder lead to. */
	| 'nothing outside'
	/** No run reports what is not there. */
	| 'honest reports'
	/** What is known to be stored is not sent again. */
	| 'no byte twice'
	/** When things go well again, the delivery succeeds within a few runs. */
	| 'success in the end'
	/** Every error is a MasvError with a code. */
	| 'named errors'
	/** Every run ends. */
	| 'every run ends'
	/** No secret in the journal. */
	| 'no secrets';

export interface Violation {
	rule: Rule;
	text: string;
}

/** A run must have noted what it learned after so long, as far as it is alive and not frozen. Milliseconds. */
const noteMs = 1_000;

/** Watches what happens at the server. */
export class Judge implements Watcher {
	readonly violations: Violation[] = [];
	readonly runs = new Map<string, Run>();
	readonly #puts = new Map<string, Put[]>();
	/** Packages that are finalized. */
	readonly #delivered = new Set<string>();
	readonly #unanswered = new Map<object, Put>();
	readonly #journal: JournalDisk;
	readonly #habits: Habits;
	readonly #leases: LeaseBoard;
	readonly #timeline: Timeline;

	constructor(journal: JournalDisk, leases: LeaseBoard, habits: Habits, timeline: Timeline) {
		this.#journal = journal;
		this.#leases = leases;
		this.#habits = habits;
		this.#timeline = timeline;
	}

	fail(rule: Rule, text: string): void {
		if (this.violations.some((known) => known.text === text)) return;
		this.violations.push({ rule, text });
		this.#timeline.note('JUDGE', `${rule}: ${text}`);
	}

	delivered(packageId: string): void {
		this.#delivered.add(packageId);
	}

	touched(actor: Actor, what: string, entry?: Entry): void {
		if (entry !== undefined && (this.#isAbandoned(actor, entry) || this.#isTakenOver(actor, entry))) return;
		this.fail('nothing of others', `${actor.name}: ${what}`);
	}

	/** Whether it is an unfinished entry of another delivery to the same place that is not protected by a lease. */
	#isAbandoned({ run: name }: Actor, { completedAt, confirmedAt, by, finalizedBy }: Entry): boolean {
		const [now, before] = [this.runs.get(name ?? ''), this.runs.get(by.run ?? '')];
		if (now === undefined || before === undefined || !doOverlap(now.delivery, before.delivery)) return false;
		const isHolder = [...this.#leases.values()].some(({ holder, isReleased }) => holder === by.run && !isReleased);
		// Whoever could not note that it has finished the file has no protection.
		const finisher = this.runs.get(finalizedBy?.run ?? '');
		// Nor does anybody know of it where MASV never shows it as complete, and has not confirmed it.
		const isUnknown = confirmedAt === undefined && isSilentOnCompletion(this.#habits);
		if (completedAt !== undefined) return (finisher?.hadTrouble === true || isUnknown) && !isHolder;
		// Without notes or a lease, nothing keeps two runs at the same time apart.
		return now.hadTrouble || before.hadTrouble || !isHolder;
	}

	#isTakenOver({ run: name }: Actor, entry: Entry): boolean {
		const now = this.runs.get(name ?? '');
		if (now === undefined) return false;
		return isTakenOver(entry, now, this.runs, this.#journal.knewDone(entry.id, now.lastReadAt ?? now.startedAt));
	}

	stored(
		request: ServerRequest,
		{ upload, part, partNumber, md5 }: { upload: Multipart; part: Part; partNumber: number; md5: string },
	): void {
		const run = this.runs.get(request.actor.run ?? '');
		if (run === undefined) return;
		const { entry } = upload;
		const key = [run.delivery.name, placeOf(entry), partNumber, md5].join('|');
		const earlier = this.#puts.get(key) ?? [];
		// It is made anew by each run that does not find it, and is short.
		const isList = listPlaces(run.delivery).has(placeOf(entry));
		const put: Put = { run, entry, upload, partNumber, md5, etag: part.etag, ackedAt: undefined };
		const known =
			part.content.length === 0 || isList
				? undefined
				: earlier.find((each) => this.#isKnown(each, put, request.sentAt, earlier));
		if (known !== undefined) {
			const what = `part ${partNumber} of "${placeOf(entry)}" (${part.content.length} bytes)`;
			this.fail(
				'no byte twice',
				`${run.name} stores ${what} in ${entry.id}, which ${known.run.name} had stored in ${known.entry.id}`,
			);
		}
		this.#puts.set(key, [...earlier, put]);
		this.#unanswered.set(request, put);
	}

	/** The worker has received the answer. */
	answered(request: ServerRequest, kind: string, answer: Answer): void {
		const put = this.#unanswered.get(request);
		if (put !== undefined && answer.status === 200) put.ackedAt = this.#timeline.nowMs;
		if (kind === 'finalize file' && answer.status === 204) this.#confirm(request);
	}

	#confirm({ url, actor }: ServerRequest): void {
		const id = url.split('/').at(-2);
		for (const puts of this.#puts.values()) {
			for (const { entry, run } of puts)
				if (entry.id === id && run.name === actor.run) entry.confirmedAt ??= this.#timeline.nowMs;
		}
	}

	/** Whether a run that was frozen has noted another version of the part after the one that took over from it. */
	#isNotedLate({ run, entry, partNumber, etag, ackedAt = Infinity }: Put, readAt: number): boolean {
		const last = this.#journal.lastOfPart(entry.id, partNumber - 1, readAt);
		if (last === undefined || last.includes(JSON.stringify(etag))) return false;
		return [...this.runs.values()].some(
			({ delivery, startedAt, worker, wroteJournalAt = -Infinity }) =>
				delivery === run.delivery &&
				startedAt < run.startedAt &&
				worker.frozenAt.length > 0 &&
				wroteJournalAt > ackedAt,
		);
	}

	/** Whether the run that now stores the part could know that it is stored. */
	#isKnown(before: Put, now: Put, sentAt: number, earlier: Put[]): boolean {
		// A run whose notes failed may have left less than it found.
		const runs = [...this.runs.values()].filter(({ delivery }) => delivery === now.run.delivery);
		if (runs.some(({ hadTrouble }) => hadTrouble)) return false;
		const readAt = now.run.readJournalAt ?? now.run.startedAt;
		const isSameRun = before.run === now.run;
		const { confirmedAt, id } = before.entry;
		const isNotedAsDone = confirmedAt !== undefined && (isSameRun || this.#journal.knewDone(id, readAt));
		// The key cannot see the state of a package in the portal of another team.
		const mayBeDelivered = (packageId: string): boolean =>
			this.#delivered.has(packageId) ||
			(now.run.delivery.target === 'foreign' && this.#journal.knewOfRequest(packageId, readAt));
		if (excuseFor(before, now, this.#habits, mayBeDelivered, isNotedAsDone) !== undefined) return false;
		// A power failure takes the note that it was about to add a list, which nobody recognizes once the next run wants another one.
		const { md5List } = before.run;
		const isOtherList = md5List !== undefined && md5List !== now.run.md5List;
		if (isOtherList && !this.#journal.knew(`"place":"${md5List}"`, 0, readAt)) return false;
		// What another delivery was about to go on with may be complete by now, with its content.
		const isShared = [...this.runs.values()].some(
			({ delivery }) => delivery !== now.run.delivery && doOverlap(delivery, now.run.delivery),
		);
		if (isShared && this.#journal.knew(`"file":"${id}"`, 0, readAt, '"kind":"mixing"')) return false;
		if (isSameRun) {
			// A checksum that does not match is checked once: it may be damage.
			const acked = earlier.filter(
				({ upload, run, ackedAt = Infinity }) => upload === now.upload && run === now.run && ackedAt <= sentAt,
			);
			const isChecked = acked.length === 1 && before.etag !== `"${before.md5}"`;
			return before.ackedAt !== undefined && before.ackedAt <= sentAt && !isChecked;
		}
		const isSingle = before.entry.size <= partBytes;
		// A file of a single part has no notes about it while it is on its way.
		const learnedAt = isSingle ? before.entry.confirmedAt : before.ackedAt;
		if (learnedAt === undefined) return false;
		if (this.#isNotedLate(before, readAt)) return false;
		if (!isSingle && this.#journal.knew(before.etag.replaceAll('"', ''), learnedAt, readAt)) return true;
		const { endedAt = Infinity, worker } = before.run;
		// A part whose checksum does not match is not noted before it is known what the ETags are.
		const isMatch = before.etag === `"${before.md5}"`;
		const hadTime = isMatch && learnedAt + noteMs <= Math.min(readAt, endedAt);
		const wasFrozen = worker.frozenAt.some((at) => at >= learnedAt - noteMs && at <= learnedAt + noteMs);
		return hadTime && !wasFrozen;
	}
}

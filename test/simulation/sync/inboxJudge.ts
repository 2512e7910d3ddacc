import { MasvError } from '../../../masv/errors';
import type { LedgerLine } from '../../../masv/sync/ledgerLines';
import type { ReceiveNewResult } from '../../../masv/sync/receiveNewRequest';
import type { FileSystem } from '../download/fileSystem';
import { pathOf } from '../download/inode';
import { currentOf } from '../download/shared';
import type { Timeline } from '../timeline';
import type { Arrival, Inbox } from './inbox';
import type { InboxJob, InboxRun } from './inboxJob';

/** What packages are received into. */
export const inboxFolder = '/in';

/** The rules that every history of jobs that receive must keep. */
export type InboxRule =
	/** What the ledger contains as received is not requested again, nor reported by another execution. */
	| 'nothing twice'
	/** At the end, each complete package that is there and was meant was received. */
	| 'nothing forgotten'
	/** A package that is reported is on the disk, byte for byte. */
	| 'whole files'
	/** What was created before the date of the job, or came in another way, is not received. */
	| 'only what was meant'
	/** A run receives packages in the order in which their uploads began, those that have failed last. */
	| 'in order'
	/** Nothing outside of the folder is touched, nor what somebody has placed in it. */
	| 'nothing outside'
	| 'honest reports'
	| 'success in the end'
	| 'named errors'
	| 'every run ends'
	| 'no secrets';

/** Watches the ledger and what runs report. */
export class InboxJudge {
	readonly violations: Array<{ rule: InboxRule; text: string }> = [];
	readonly runs = new Map<string, InboxRun>();
	/** When a line said that a package was received, by its ID. */
	readonly #received = new Map<string, number>();
	/** What the last of these lines said, by the ID of the package. */
	readonly #receipts = new Map<string, { folder: string; run?: string }>();
	/** By ID. */
	readonly #failed = new Set<string>();
	readonly #losses: number[] = [];
	/** Folders of packages that people have changed. */
	readonly #changed = new Set<string>();
	readonly #timeline: Timeline;
	readonly #inbox: Inbox;
	readonly #disk: FileSystem;

	constructor(timeline: Timeline, inbox: Inbox, disk: FileSystem) {
		this.#timeline = timeline;
		this.#inbox = inbox;
		this.#disk = disk;
		disk.onEffect = ({ name }, { what, inode, place }) => {
			const at = place === undefined ? undefined : `${pathOf(place.folder)}/${place.name}`;
			if (at?.startsWith(`${inboxFolder}/`) === false || inode.by === 'somebody')
				this.fail('nothing outside', `${name}: ${what} of ${at ?? `file ${inode.number}`}`);
		};
	}

	fail(rule: InboxRule, text: string): void {
		if (this.violations.some((known) => known.text === text)) return;
		this.violations.push({ rule, text });
		this.#timeline.note('JUDGE', `${rule}: ${text}`);
	}

	/** Somebody has damaged or deleted the ledger. */
	lost(): void {
		this.#losses.push(this.#timeline.nowMs);
	}

	/** Somebody has changed the folder of a package. */
	changed(folder: string): void {
		this.#changed.add(folder);
	}

	wrote(line: LedgerLine): void {
		if (line.kind === 'failed') this.#failed.add(line.package);
		if (line.kind !== 'received') return;
		this.#receipts.set(line.package, line);
		this.#received.set(line.package, Math.min(this.#receivedAt(line.package), this.#timeline.nowMs));
	}

	#receivedAt(id: string): number {
		return this.#received.get(id) ?? Infinity;
	}

	/** A run requests content of a package. */
	requested(run: InboxRun, id: string): void {
		run.requested++;
		const { name, startedAt, execution } = run;
		const receipt = this.#receipts.get(id);
		// What an execution reports again has to be there.
		if (receipt?.run === execution && this.#changed.has(receipt.folder)) return;
		const receivedAt = this.#receivedAt(id);
		if (receivedAt > startedAt || this.#wasDisturbed(0)) return;
		if ([...this.runs.values()].some(({ lostPowerAt = -1 }) => lostPowerAt >= receivedAt)) return;
		this.fail('nothing twice', `${name} requests content of ${id}, which was received at ${receivedAt}`);
	}

	/** Whether something has happened since then after which packages may be received again. */
	#wasDisturbed(since: number): boolean {
		if (this.#losses.some((at) => at >= since)) return true;
		return [...this.runs.values()].some(({ hadTrouble, endedAt = Infinity }) => hadTrouble && endedAt >= since);
	}

	/** A run has ended. */
	checkReport(run: InboxRun, leases: ReadonlyMap<string, { holder: string; isReleased: boolean }>): void {
		const { result: outcome, name } = run;
		if (outcome === undefined || outcome.kind === 'died') return;
		const results = outcome.kind === 'failed' ? [] : [outcome.result];
		const errors = [
			...(outcome.kind === 'failed' ? [outcome.error] : []),
			...results.flatMap(({ failed, failure }) => [...failed.map(({ error }) => error), failure ?? []]).flat(),
		];
		for (const error of errors) {
			if (error instanceof MasvError && typeof error.code === 'string') continue;
			this.fail('named errors', `${name} fails with ${error instanceof Error ? error.stack : String(error)}`);
		}
		const held = [...leases.values()].filter(({ holder, isReleased }) => holder === name && !isReleased);
		if (held.length > 0 && !run.hadTrouble) this.fail('every run ends', `${name} ends but keeps a lease`);
		for (const result of results) this.#checkReceived(run, result);
	}

	#checkReceived(run: InboxRun, { received, waiting }: ReceiveNewResult): void {
		const { name, job, execution, startedAt, worker } = run;
		let latest = -Infinity;
		for (const { package: told, folder } of received) {
			const { id } = told;
			const arrival = this.#inbox.arrivalOf(id);
			if (arrival === undefined || arrival.finalizedAt > this.#timeline.nowMs) {
				this.fail('honest reports', `${name} reports ${id}, which is not complete`);
				continue;
			}
			if (!isMeant(job, arrival) && !this.#wasPending(job, arrival))
				this.fail('only what was meant', `${name} receives ${id}`);
			for (const file of this.#changed.has(folder) ? [] : arrival.shared.files) {
				const there = this.#disk.find([folder, file.path, file.name].filter((part) => part !== '').join('/'));
				if (there === undefined || Buffer.compare(there.content, currentOf(file).content) !== 0)
					this.fail('whole files', `${name} reports ${id}, but ${file.path}/${file.name} is not in ${folder}`);
			}
			const isFresh = this.#receivedAt(id) >= startedAt && !this.#failed.has(id);
			if (isFresh && arrival.createdAt < latest && !run.hadTrouble)
				this.fail('in order', `${name} receives ${id} after one that was created later`);
			if (isFresh) latest = arrival.createdAt;
			const other = [...this.runs.values()].find(
				(each) =>
					each.execution !== execution &&
					each.result?.kind === 'done' &&
					each.result.result.received.some((one) => one.package.id === id),
			);
			if (other === undefined || this.#wasDisturbed(0)) continue;
			// Whoever was frozen between the last file and its report cannot know that another one has reported it.
			if ([run, other].some((each) => each.worker.frozenAt.length > 0) || worker.frozenAt.length > 0) continue;
			this.fail('nothing twice', `${name} reports ${id}, which ${other.name} has reported`);
		}
		for (const { id } of waiting) {
			const arrival = this.#inbox.arrivalOf(id);
			if (arrival === undefined || this.#receivedAt(id) < startedAt)
				this.fail('honest reports', `${name} waits for ${id}, which was received`);
		}
	}

	/** What was still being uploaded at the first run is received whatever its date. */
	#wasPending({ origin }: InboxJob, arrival: Arrival): boolean {
		const [first] = this.runs.values();
		return (
			isMeant({ origin, from: -Infinity }, arrival) &&
			arrival.finalizedAt + this.#inbox.lists.behindMs > (first?.startedAt ?? 0)
		);
	}

	/** What must hold when everything is over. */
	checkEnd(job: InboxJob): void {
		const { nowMs } = this.#timeline;
		for (const arrival of this.#inbox.arrivals) {
			const { id } = arrival.shared;
			if (!isMeant(job, arrival) || arrival.endsAt !== Infinity || arrival.finalizedAt > nowMs) continue;
			if (this.#receivedAt(id) === Infinity) this.fail('nothing forgotten', `${id} was not received`);
		}
	}
}

/** Whether a package came in the way that is watched, not before the date of the job. */
function isMeant({ origin, from }: Pick<InboxJob, 'origin' | 'from'>, { portal, createdAt }: Arrival): boolean {
	if (createdAt < from) return false;
	if (origin.kind === 'sent') return portal === undefined;
	return portal !== undefined && (origin.portalIds?.includes(portal) ?? true);
}

import type { LedgerFile, LedgerLine } from '../../../masv/sync/ledgerLines';
import { areTooMany, entriesAt } from '../checkPackage';
import type { Actor, Entry, Package } from '../server/model';
import { placeOf } from '../server/model';
import type { ServerState, Watcher } from '../server/state';
import type { JournalDisk } from '../simJournal';
import type { Timeline } from '../timeline';
import type { FolderLife } from './folderLife';
import type { Job, JobRun } from './job';
import type { PlacedVersion, SyncFolder, SyncInode } from './syncFolder';
import { placeIn } from './syncFolder';

/** The rules that every history of jobs that send must keep. */
export type JobRule =
	/** Each version of a file is in one finalized package of a job, while its ledger lives and was not told otherwise. */
	| 'nothing twice'
	/** A file that was only touched since it was entered as sent is not in another package, unless somebody wants that. */
	| 'touched files are read'
	/** At the end, what is in the folder is in a finalized package, or was marked as sent. */
	| 'nothing forgotten'
	/** A file of a finalized package is, byte for byte, what was at its place since the package was created. */
	| 'whole files'
	/** What may still be written is not planned. */
	| 'nothing unfinished'
	/** Only what is in a finalized package, with these bytes, is deleted or moved. */
	| 'nothing lost'
	/** Files are marked as sent by the first run only, or after a loss; what was there then is not sent. */
	| 'marks only at first'
	/** Files are in one package per run, folder or file. */
	| 'packages as asked for'
	/** Nothing of others is changed or removed. */
	| 'nothing of others'
	/** No run reports what is not there, and each package is reported by one execution. A lost ledger is said. */
	| 'honest reports'
	/** When things go well again, a run succeeds soon, and the next one does nothing. */
	| 'success in the end'
	/** Every error is a MasvError with a code. */
	| 'named errors'
	/** Every run ends, and gives its lease back. */
	| 'every run ends'
	/** No secret in the journal or the ledger. */
	| 'no secrets';

/** A version of a file that was delivered. */
interface Shipment {
	job: string;
	package: Package;
	version: PlacedVersion;
	at: number;
}

/** Watches what happens at the server, in the ledgers and in the folder. */
export class JobJudge implements Watcher {
	readonly violations: Array<{ rule: JobRule; text: string }> = [];
	readonly runs = new Map<string, JobRun>();
	readonly shipments: Shipment[] = [];
	server!: ServerState;
	/** By job: versions that count as sent. */
	readonly #marked = new Map<string, Set<string>>();
	/** By job: versions that were entered as having the content of what was sent. */
	readonly #unchanged = new Map<string, Set<string>>();
	/** By package, when a run has entered it as sent. */
	readonly #entered = new Map<string, number>();
	/** Planned files, by delivery. */
	readonly #planned = new Map<string, LedgerFile[]>();
	/** Of deliveries. */
	readonly #keys = new Set<string>();
	/** When a ledger was damaged by somebody, or a power failure. */
	readonly #losses: number[] = [];
	readonly #timeline: Timeline;
	readonly #folder: SyncFolder;
	readonly #life: FolderLife;
	readonly #journal: JournalDisk;

	constructor(timeline: Timeline, folder: SyncFolder, life: FolderLife, journal: JournalDisk) {
		this.#timeline = timeline;
		this.#folder = folder;
		this.#life = life;
		this.#journal = journal;
	}

	fail(rule: JobRule, text: string): void {
		if (this.violations.some((known) => known.text === text)) return;
		this.violations.push({ rule, text });
		this.#timeline.note('JUDGE', `${rule}: ${text}`);
	}

	touched(actor: Actor, what: string): void {
		this.fail('nothing of others', `${actor.name}: ${what}`);
	}

	stored(): void {}

	/** Somebody has damaged, deleted or reset a ledger. */
	lost(): void {
		this.#losses.push(this.#timeline.nowMs);
	}

	/** A run has written a line to its ledger. */
	wrote({ job, name, startedAt, listedAtMs }: JobRun, line: LedgerLine): void {
		if (line.kind === 'touched') {
			for (const { location, modified } of line.files) this.#enterUnchanged(job, name, location, modified);
		} else if (line.kind === 'planned') {
			this.#planned.set(line.delivery, [...(this.#planned.get(line.delivery) ?? []), ...line.files]);
		} else if (line.kind === 'marked') {
			const marked = this.#marked.get(job.name) ?? new Set();
			this.#marked.set(job.name, marked);
			for (const { modified } of this.#planned.get(line.delivery) ?? []) marked.add(modified);
			const isAllowed = job.firstRun === 'mark' && (this.#hasBegunAt(job) >= startedAt || this.#losses.length > 0);
			const hadTrouble = [...this.runs.values()].some((run) => run.hadTrouble && run.job === job);
			if (!isAllowed && !hadTrouble) this.fail('marks only at first', `${name} marks files as sent`);
		} else if (line.kind === 'sent') {
			if (!this.#entered.has(line.package)) this.#entered.set(line.package, this.#timeline.nowMs);
		} else if (line.kind === 'begun') {
			if (!this.#begun.has(job.name)) this.#begun.set(job.name, { since: startedAt, at: this.#timeline.nowMs });
		} else if (line.kind === 'sending' && !this.#keys.has(line.key)) {
			// What was planned again, under the same key, is what the upload compares.
			this.#keys.add(line.key);
			for (const file of this.#planned.get(line.delivery) ?? []) {
				if (!isAtRest(file, job, listedAtMs + 1_000))
					this.fail('nothing unfinished', `${name} plans "${file.location}", which has just changed`);
			}
		}
	}

	/** A file may have been written since it was read, and its time set back. */
	#enterUnchanged(job: Job, run: string, location: string, modified: string): void {
		const known = this.#unchanged.get(job.name) ?? new Set();
		this.#unchanged.set(job.name, known.add(modified));
		const contents = this.#folder.versions.flatMap((version) =>
			version.location === location && version.modified === modified ? [version.content] : [],
		);
		const isSent = this.shipments.some(
			({ job: of, version }) =>
				of === job.name && contents.some((content) => Buffer.compare(content, version.content) === 0),
		);
		if (!isSent)
			this.fail('nothing forgotten', `${run} enters "${location}" (${modified}), which was not sent, as touched`);
	}

	/** When the ledger of a job has begun, and when the run has that wrote this. */
	readonly #begun = new Map<string, { since: number; at: number }>();

	#hasBegunAt({ name }: Job): number {
		return this.#begun.get(name)?.at ?? Infinity;
	}

	/** A package was finalized. */
	delivered(id: string): void {
		const found = this.server.packages.find((each) => each.id === id) as Package;
		const job = found.by.delivery ?? '';
		const entries = found.entries.filter(({ removedAt }) => removedAt === undefined);
		const places = new Set<string>();
		for (const entry of entries) {
			const place = placeOf(entry);
			const world = { habits: this.server.habits, timeline: this.#timeline, journal: this.#journal };
			if (!places.has(place) && areTooMany(world, entriesAt(found, place)))
				this.fail('whole files', `${id} contains "${place}" more than once`);
			places.add(place);
			const version = this.#versionOf(entry, found);
			if (version === undefined) {
				this.fail(
					'whole files',
					`${id} contains a "${place}" (${entry.id}) that was not there since ${id} was created`,
				);
				continue;
			}
			const shipment = { job, package: found, version, at: this.#timeline.nowMs };
			this.shipments.push(shipment);
			this.#checkOnce(shipment);
			this.#checkTouched(shipment);
			this.#checkMarked(shipment);
		}
		this.#checkGroup(found, [...places]);
	}

	#versionOf(entry: Entry, { createdAt }: Package): PlacedVersion | undefined {
		const { content, completedAt } = entry;
		if (content === undefined || completedAt === undefined) return undefined;
		const candidates = this.#folder.versions.filter(
			(version) =>
				placeOf(placeIn(version.location)) === placeOf(entry) &&
				version.until >= createdAt &&
				Buffer.compare(version.content, content) === 0,
		);
		const isNamed = ({ modified }: PlacedVersion): boolean =>
			Date.parse(entry.lastModified) === Number(BigInt(modified) / 1_000_000n);
		return candidates.find(isNamed) ?? candidates[0];
	}

	/** How often a version may be sent: once, and again if somebody has moved it and wants that. */
	#checkOnce({ job: name, version: { modified, location, content }, package: found }: Shipment): void {
		const earlier = this.shipments.filter(
			({ job: of, version }) =>
				of === name && version.modified === modified && Buffer.compare(version.content, content) === 0,
		);
		const job = [...this.runs.values()].find((run) => run.job.name === name)?.job;
		const moves = job?.sendMoved === true ? (this.#life.moves.get(modified) ?? 0) : 0;
		if (earlier.length <= 1 + moves || this.#life.unrecognizable.has(modified)) return;
		const [first] = earlier as [Shipment];
		const since = this.runs.get(first.package.by.run ?? '')?.startedAt ?? 0;
		if (this.wasDisturbed(name, since)) return;
		const ids = earlier.map((each) => each.package.id).join(', ');
		this.fail('nothing twice', `"${location}" (${modified}) is delivered in ${ids}; the last one is ${found.id}`);
	}

	/** Where ETags are MD5s, what was sent is always known. */
	#checkTouched({ job: name, version: { modified, location, content }, package: found }: Shipment): void {
		const job = [...this.runs.values()].find((run) => run.job.name === name)?.job;
		// Nobody can tell one empty file from another.
		if (content.length === 0) return;
		const isCompared = job?.touchedFiles === 'compare' && job.after === 'keep' && this.server.habits.etags === 'MD5';
		const origin = this.#life.originOf(modified);
		if (!isCompared || this.#life.hasMoved(origin)) return;
		const earlier = this.shipments.find(
			({ job: of, version, package: { id } }) =>
				of === name &&
				version.location === location &&
				version.modified !== modified &&
				Buffer.compare(version.content, content) === 0 &&
				(this.#entered.get(id) ?? Infinity) < found.createdAt,
		);
		if (earlier === undefined) return;
		const since = this.runs.get(earlier.package.by.run ?? '')?.startedAt ?? 0;
		if (this.wasDisturbed(name, since)) return;
		this.fail(
			'touched files are read',
			`"${location}" was only touched after ${earlier.package.id}; it is in ${found.id}`,
		);
	}

	/** What was there during the whole first run is never sent if it is to be marked. */
	#checkMarked({ job: name, version: { location, from, until }, package: { id } }: Shipment): void {
		const begun = this.#begun.get(name);
		const job = [...this.runs.values()].find((run) => run.job.name === name)?.job;
		if (job?.firstRun !== 'mark' || job.sendMoved || begun === undefined || this.wasDisturbed(name, 0)) return;
		if (from < begun.since && until > begun.at)
			this.fail('marks only at first', `${id} contains "${location}", which was there at the first run`);
	}

	/** Whether something has happened since then after which files may be sent again. */
	wasDisturbed(job: string, since: number): boolean {
		if (this.#losses.some((at) => at >= since)) return true;
		const runs = [...this.runs.values()].filter((run) => run.job.name === job);
		return runs.some(({ hadTrouble, endedAt = Infinity }) => hadTrouble && endedAt >= since);
	}

	#checkGroup({ id, by }: Package, places: string[]): void {
		const per = [...this.runs.values()].find(({ job }) => job.name === by.delivery)?.job.per;
		const folders = new Set(places.map((place) => place.split('/').slice(0, -1).slice(0, 2).join('/')));
		if (per === 'file' && places.length > 1)
			this.fail('packages as asked for', `${id} contains ${places.length} files`);
		if (per === 'folder' && folders.size > 1)
			this.fail('packages as asked for', `${id} contains files of ${[...folders].join(' and ')}`);
	}

	/** A file is about to be deleted or moved. */
	cleared({ name, job }: JobRun, location: string, { content }: SyncInode): void {
		const isThere = this.shipments.some(
			({ version, job: of, package: { deletedAt } }) =>
				of === job.name &&
				deletedAt === undefined &&
				version.location === location &&
				Buffer.compare(version.content, content) === 0,
		);
		if (!isThere) this.fail('nothing lost', `${name} clears "${location}", which no finalized package contains`);
		if (job.after === 'keep') this.fail('nothing lost', `${name} clears "${location}", which is to stay`);
	}

	/** Whether a version is the one that is at a place at last, or has its content. */
	#isSame(sent: PlacedVersion, location: string, { modified, content }: SyncInode): boolean {
		if (sent.modified === String(modified)) return true;
		const isInPlace = sent.location === location || this.#life.hasMoved(this.#life.originOf(sent.modified));
		return isInPlace && Buffer.compare(sent.content, content) === 0;
	}

	/** What must hold for a job when everything is over. */
	checkEnd(job: Job): void {
		for (const { id, deletedAt, finalizedAt, by } of this.server.packages) {
			if (by.delivery === job.name && finalizedAt !== undefined && deletedAt !== undefined)
				this.fail('honest reports', `${id} is deleted after it was finalized`);
		}
		const [marked, unchanged] = [this.#marked.get(job.name), this.#unchanged.get(job.name)];
		for (const [location, inode] of this.#folder.files) {
			const version = String(inode.modified);
			const isSent = this.shipments.some(
				(each) => each.job === job.name && this.#isSame(each.version, location, inode),
			);
			if (!isSent && marked?.has(version) !== true && unchanged?.has(version) !== true)
				this.fail('nothing forgotten', `"${location}" (${version}) is in no package of ${job.name}`);
		}
	}
}

function isAtRest({ modified, changed }: LedgerFile, { waitMs }: Job, clockMs: number): boolean {
	const [modifiedMs, changedMs] = [modified, changed].map((time) => Number(BigInt(time) / 1_000_000n)) as [
		number,
		number,
	];
	if (waitMs === 0) return true;
	return changedMs <= clockMs - waitMs && (modifiedMs > clockMs || modifiedMs <= clockMs - waitMs);
}

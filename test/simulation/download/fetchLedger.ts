import type { FileNote } from '../../../masv/download/notes';
import { createNoteReader } from '../../../masv/download/notes';
import type { TransportRequest } from '../../../masv/transport';
import type { Timeline } from '../timeline';
import { epochMs } from '../simClock';
import type { FileSystem } from './fileSystem';
import { identityOf } from './inode';
import type { Inode } from './inode';
import type { ReceiveHabits } from './receiveHabits';
import type { ReceiveRun } from './receive';
import { targetPath } from './receiveScenario';
import type { FileVersion, SharedFile } from './shared';
import { currentOf } from './shared';
import type { ContentFault, ObjectAnswer } from './storage';

interface Span {
	start: number;
	end: number;
}

/** What one run has received of one file. */
interface Fetched {
	run: ReceiveRun;
	version: FileVersion | undefined;
	/** With the time at which each arrived. */
	spans: Array<Span & { at: number }>;
	/** Why it may receive bytes again. */
	excuse: string | undefined;
}

/** After these, content is asked for from the beginning. */
const beginsAgain: ContentFault[] = [
	'range ignored',
	'wrong length',
	'wrong total',
	'unsatisfiable',
	'other version',
	'damaged',
	'too much',
];

/** A run must have noted a range after so long, as far as it is alive and not frozen. Milliseconds. */
const noteMs = 1_000;

/** Keeps account of the bytes that are received, to find those that come twice for no good reason. */
export class FetchLedger {
	readonly #fetched = new Map<string, Fetched>();
	/** Files of which something was damaged on the way. Later runs may find that out. */
	readonly #damaged = new Set<SharedFile>();
	readonly #timeline: Timeline;
	readonly #habits: ReceiveHabits;
	readonly #disk: FileSystem;
	readonly #fail: (text: string) => void;

	constructor(timeline: Timeline, habits: ReceiveHabits, disk: FileSystem, fail: (text: string) => void) {
		this.#timeline = timeline;
		this.#habits = habits;
		this.#disk = disk;
		this.#fail = fail;
	}

	#of(run: ReceiveRun, file: SharedFile): Fetched {
		const key = `${run.name} ${file.id}`;
		const known = this.#fetched.get(key) ?? { run, version: undefined, spans: [], excuse: undefined };
		this.#fetched.set(key, known);
		return known;
	}

	asked(run: ReceiveRun, file: SharedFile, { headers }: TransportRequest, fault: ContentFault): void {
		const fetched = this.#of(run, file);
		const span = spanOf(headers.range);
		if (fault === 'damaged') for (const damaged of [run.damaged, this.#damaged]) damaged.add(file);
		if (this.#damaged.has(file)) fetched.excuse ??= 'damaged';
		if (this.#habits.etags === 'parts' && this.#habits.partBytes === 'wrong')
			fetched.excuse ??= 'ETags that do not match';
		if (beginsAgain.includes(fault)) fetched.excuse ??= fault;
		if (span === undefined) fetched.excuse ??= 'everything at once';
		if (currentOf(file).from > run.startedAt) fetched.excuse ??= 'another version';
		if (run.hadTrouble || run.receive.into === 'streams' || this.#habits.ranges === 'ignored') return;
		if (span === undefined || fetched.excuse !== undefined) return;
		const what = `${run.name} asks for bytes ${span.start} to ${span.end} of ${file.id}`;
		const again = fetched.spans.find((each) => doOverlap(each, span));
		if (again !== undefined) this.#fail(`${what}, of which it has ${again.start} to ${again.end}`);
		const noted = this.#noted(run, file).find((each) => doOverlap(each, span));
		if (noted !== undefined) this.#fail(`${what}, of which ${noted.start} to ${noted.end} are noted`);
		const lost = this.#shouldBeNoted(run, file, span);
		if (lost !== undefined) this.#fail(`${what}, which ${lost.name} had and should have noted`);
	}

	delivered(run: ReceiveRun, file: SharedFile, { version }: ObjectAnswer, start: number, bytes: number): void {
		const fetched = this.#of(run, file);
		if (fetched.version !== undefined && fetched.version !== version) fetched.excuse ??= 'another version';
		fetched.version = version;
		fetched.spans.push({ start, end: start + bytes, at: this.#timeline.nowMs });
	}

	/** What the run has found about the file in the journal and can use. */
	#noted({ found }: ReceiveRun, file: SharedFile): Span[] {
		const note = noteIn(found, file);
		if (note === undefined || note.etag !== currentOf(file).etag) return [];
		return this.#partial(note.partial) === undefined ? [] : note.ranges;
	}

	/** The partial file of which something is noted, if it is still there. */
	#partial(identity: string): Inode | undefined {
		const below = (folder: Inode): Inode[] =>
			[...folder.entries].flatMap(([name, each]) =>
				each.kind === 'folder' ? below(each) : name.endsWith('.part') && identityOf(each) === identity ? [each] : [],
			);
		const target = this.#disk.find(targetPath);
		return target && below(target)[0];
	}

	/** An earlier run that had all of the range, long enough ago to have noted it. */
	#shouldBeNoted(run: ReceiveRun, file: SharedFile, span: Span): ReceiveRun | undefined {
		const version = currentOf(file);
		if (version.etag === undefined || version.etag.startsWith('W/')) return undefined;
		if (version.content.length <= (run.receive.rangeBytes ?? Infinity)) return undefined;
		const notes = noteIn(run.found, file);
		const partial = notes && this.#partial(notes.partial);
		if (partial === undefined) return undefined;
		const bornAt = Number(partial.bornNs / 1_000_000n) - epochMs;
		for (const { run: before, version: had, spans, excuse } of this.#fetched.values()) {
			if (before.receive !== run.receive || before === run || had !== version || excuse !== undefined) continue;
			if (before.hadTrouble || before.worker.frozenAt.length > 0 || before.worker.stop.signal.aborted) continue;
			const until = Math.min(before.endedAt ?? Infinity, run.startedAt) - noteMs;
			// What came before is in another partial file, which somebody has removed, or of which nothing could be used.
			const kept = spans.filter(({ at }) => at >= bornAt && at < until);
			if (covers(kept, span)) return before;
		}
		return undefined;
	}
}

function spanOf(range: string | undefined): Span | undefined {
	const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
	return first === undefined ? undefined : { start: Number(first), end: Number(last) + 1 };
}

function doOverlap(a: Span, b: Span): boolean {
	return a.start < b.end && b.start < a.end;
}

function covers(spans: readonly Span[], { start, end }: Span): boolean {
	let at = start;
	for (const span of [...spans].sort((a, b) => a.start - b.start)) if (span.start <= at) at = Math.max(at, span.end);
	return at >= end;
}

function noteIn(lines: readonly unknown[], { id }: SharedFile): FileNote | undefined {
	const { notes, read } = createNoteReader();
	lines.forEach(read);
	return notes.files.get(id);
}

import type { LoadGate } from '../transfer/loadGate';
import { shareRuns } from '../transfer/shareRuns';
import type { OpenSink } from '../transfer/sink';
import type { ResponseHead } from '../transport';
import { mapParallel } from '../workers';
import { untilAborted } from '../untilAborted';
import type { Address } from './addresses';
import type { Answer, AskedRange, Version } from './answer';
import type { BlockSums, RunningSums } from './blockSums';
import { endsWithBlock, startSums } from './blockSums';
import type { DownloadRun, FileToDownload } from './downloadRun';
import { blockBytesOf, hidesContent, isStrong, toEtagSum } from './etag';
import type { FetchedRange, RangeAccess } from './fetchRange';
import { fetchRange } from './fetchRange';
import type { FileNote } from './notes';
import type { PlannedRange } from './rangePlan';
import { missingRanges, planRangeBytes, planRanges } from './rangePlan';

/** All content of a file, in its sink. */
export interface Received {
	version: Version;
	/** Of some of the blocks, see {@link blockBytesOf}. */
	sums: BlockSums;
	/** Whether the ETag is no checksum, by what the storage says. */
	isHidden: boolean;
	resumedBytes: number;
	retriedRanges: number;
}

export interface ReceiveOptions {
	/** Without ranges, by one connection. */
	isWhole: boolean;
	/** What an earlier run noted, of this very partial file. */
	note: FileNote | undefined;
	/** Whether checksums are needed in any case. */
	isHashed: boolean;
}

/**
 * Receives what is missing of one file. The first answer tells whether the storage serves ranges, how long the file is, and which
 * version the others must be of.
 * @throws as {@link fetchRange}
 */
export async function receive(
	run: DownloadRun,
	file: FileToDownload,
	sink: OpenSink,
	address: Address,
	{ isWhole, note, isHashed }: ReceiveOptions,
): Promise<Received> {
	const { client, checks, meter, width } = run;
	const { windowBytes } = sink;
	const planned = (): number =>
		planRangeBytes({
			bytes: file.bytes,
			partBytes: file.partBytes,
			windowBytes,
			most: width.most,
			connections: width.connections,
			rangeBytes: run.rangeBytes,
			minRangeBytes: run.minRangeBytes,
		});
	const rangeBytes = planned();
	// What has a window is divided by the number of connections, which changes.
	const nextBytes = windowBytes === undefined ? (): number => rangeBytes : planned;
	let version: Partial<Version> = note === undefined ? { bytes: file.bytes } : { bytes: note.bytes, etag: note.etag };
	let isPlanned = note !== undefined;
	let isHidden = note?.hidden ?? false;
	const sums: BlockSums = new Map(note?.sums);
	const notes = createRangeNotes(run, file, sink, note);
	const count = { bytes: 0, retried: 0 };

	const blockBytes = (): number | undefined => {
		const sum = toEtagSum(version.etag);
		if (sum === undefined || isHidden || checks.mode === 'never') return undefined;
		if (sum.parts !== undefined && sum.parts > 1 && checks.partSums === 'unknown') return undefined;
		return blockBytesOf(sum, version.bytes ?? Infinity, file.partBytes);
	};
	/** @param end undefined if the range ends where the content does, wherever that is */
	const startRangeSums = ({ start, end }: AskedRange): RunningSums | undefined => {
		const bytes = blockBytes();
		const total = version.bytes;
		if (bytes === undefined || !(isHashed || checks.admits(0))) return undefined;
		const isSingle = bytes >= (total ?? Infinity);
		const fits = isSingle
			? start === 0 && end === total
			: end !== undefined && total !== undefined && endsWithBlock({ start, end }, total, bytes);
		const gate: LoadGate = { admits: (more) => isHashed || checks.admits(more) };
		return fits ? startSums(checks.hashing, start, isSingle ? undefined : bytes, gate) : undefined;
	};
	/** Of a stream, whose ranges do not begin where blocks do. Null: none are computed. */
	let streamSums: RunningSums | null | undefined;
	const observeStream = (): undefined => {
		if (streamSums !== undefined) return;
		streamSums = startRangeSums({ start: 0, end: version.bytes }) ?? null;
		sink.observe?.((bytes) => streamSums?.update(bytes));
	};
	const access: Omit<RangeAccess, 'onAnswer'> = {
		run,
		file,
		sink,
		address,
		known: () => version,
		isPlanned: () => isPlanned,
		startSums: sink.observe === undefined ? startRangeSums : observeStream,
	};
	const look = (answer: Answer, head: ResponseHead): void => {
		version = { ...answer.version, bytes: answer.version.bytes ?? version.bytes };
		isHidden ||= hidesContent(head);
	};
	/** @param draw called when there is a connection @returns false if there is nothing left */
	const fetchNext = async (
		draw: () => AskedRange | undefined,
		signal?: AbortSignal,
		onAnswer = look,
	): Promise<boolean> => {
		// Not within the limit: small files take as long for their addresses as for their content.
		await address.ask();
		const result = await width.limit(async () => {
			const range = draw();
			return range === undefined ? undefined : await fetchRange({ ...access, onAnswer }, range, signal);
		});
		if (result === undefined) return false;
		for (const [start, md5] of result.sums) sums.set(start, md5);
		count.bytes += result.end - result.start;
		if (result.attempts > 1) count.retried++;
		if (isPlanned) notes.add(result);
		return true;
	};
	const fetchMissing = async (ranges: Iterable<PlannedRange>, signal = client.signal): Promise<void> => {
		const left = ranges[Symbol.iterator]();
		const draw = (): PlannedRange | undefined => {
			const next = left.next();
			return next.done === true ? undefined : next.value;
		};
		const workOff = async (_: number, stop: AbortSignal): Promise<void> => {
			while (await fetchNext(draw, stop));
		};
		const workers = Array.from({ length: width.most }, (_, index) => index);
		await mapParallel(workers, width.most, workOff, signal);
	};
	/** The first range, and the others as soon as its answer has begun. */
	const fetchFromStart = async (): Promise<void> => {
		let begin: (rest: Iterable<PlannedRange>) => void = () => undefined;
		let giveUp: (error: unknown) => void = () => undefined;
		const rest = new Promise<Iterable<PlannedRange>>((resolve, reject) => ([begin, giveUp] = [resolve, reject]));
		const onAnswer = (answer: Answer, head: ResponseHead): void => {
			look(answer, head);
			if (isPlanned || answer.isWhole || version.bytes === undefined) return;
			isPlanned = true;
			notes.begin(version as Version, isHidden, Math.ceil(version.bytes / rangeBytes));
			begin(planRanges(version.bytes, nextBytes, rangeBytes));
		};
		const first = { start: 0, end: isWhole ? undefined : Math.min(rangeBytes, file.bytes ?? Infinity) };
		// Nothing else is on its way with the only range. This matters with thousands of small files.
		if (file.bytes !== undefined && file.bytes <= rangeBytes)
			return void (await fetchNext(() => first, client.signal, onAnswer));
		const tasks = [
			async (signal: AbortSignal): Promise<void> => {
				try {
					await fetchNext(() => first, signal, onAnswer);
					begin([]);
				} catch (error) {
					giveUp(error);
					throw error;
				}
			},
			async (signal: AbortSignal): Promise<void> => await fetchMissing(await rest, signal),
		];
		await mapParallel(tasks, tasks.length, async (task, signal) => await task(signal), client.signal);
	};

	let resumedBytes = 0;
	try {
		if (note === undefined) {
			await fetchFromStart();
		} else {
			const missing = (): Iterable<PlannedRange> => missingRanges(planRanges(note.bytes, nextBytes), note.ranges);
			resumedBytes = note.bytes - lengthOf(missing());
			meter.skip(resumedBytes);
			await fetchMissing(missing());
		}
		await notes.settle();
	} catch (error) {
		await untilAborted(client.signal)(notes.settle()).catch(() => undefined);
		throw error;
	}
	for (const [start, md5] of streamSums?.finish() ?? []) sums.set(start, md5);
	const bytes = version.bytes ?? count.bytes;
	return {
		version: { etag: version.etag, lastModified: version.lastModified, bytes },
		sums,
		isHidden,
		resumedBytes,
		retriedRanges: count.retried,
	};
}

function lengthOf(ranges: Iterable<PlannedRange>): number {
	let bytes = 0;
	for (const { start, end } of ranges) bytes += end - start;
	return bytes;
}

/** Notes the ranges of one file while others are received. */
interface RangeNotes {
	begin(version: Version, isHidden: boolean, ranges: number): void;
	add(range: FetchedRange): void;
	/** @throws if what was noted as received may not be on the disk */
	settle(): Promise<void>;
}

/** A file of one range is not noted: it is received again as fast as it is looked for. */
function createRangeNotes(
	{ notebook, client }: DownloadRun,
	file: FileToDownload,
	sink: OpenSink,
	note: FileNote | undefined,
): RangeNotes {
	let of = note?.of;
	let failure: { error: unknown } | undefined;
	const pending = new Set<Promise<void>>();
	const synced = shareRuns(async () => await sink.sync());
	const keep = (work: Promise<void>): void => {
		const kept = work.catch((error: unknown) => void (failure ??= { error })).finally(() => pending.delete(kept));
		pending.add(kept);
	};
	return {
		begin: ({ etag, bytes }, isHidden, ranges) => {
			const { partial } = sink;
			if (notebook === undefined || partial === undefined || !isStrong(etag) || ranges < 2) return;
			of = client.hashing.randomHex(8);
			const hidden = isHidden || undefined;
			keep(notebook.write({ kind: 'begun', fence: notebook.fence, file: file.id, of, partial, etag, hidden, bytes }));
		},
		add: ({ start, end, sums }) => {
			const name = of;
			if (notebook === undefined || name === undefined) return;
			const line = { kind: 'range', of: name, start, end, ...(sums.size > 0 && { sums: [...sums] }) } as const;
			keep(synced().then(async () => await notebook.write(line)));
		},
		settle: async () => {
			while (pending.size > 0) await Promise.all(pending);
			if (failure !== undefined) throw failure.error;
		},
	};
}

import { isOtherVersion, isOutsideRange, isTransient } from '../answers';
import { MasvApiError, MasvConnectionError, MasvTransferError } from '../errors';
import { retry } from '../retry';
import type { Blueprint } from '../schemas';
import { createAdvance } from '../transfer/advance';
import { labelOf } from '../transfer/places';
import { followRedirects, sendBlueprint } from '../transfer/signedRequest';
import type { OpenSink } from '../transfer/sink';
import type { LentFile, ResponseHead } from '../transport';
import { untilAborted } from '../untilAborted';
import type { Address } from './addresses';
import type { Answer, AskedRange, Version } from './answer';
import { BeginAgain, changedError, judgeAnswer } from './answer';
import type { BlockSums, RunningSums } from './blockSums';
import type { Collector } from './collect';
import { createCollector } from './collect';
import type { DownloadRun, FileToDownload } from './downloadRun';
import { isStrong } from './etag';

/** One file, and what its ranges share. */
export interface RangeAccess {
	run: DownloadRun;
	file: FileToDownload;
	sink: Pick<OpenSink, 'write' | 'lend'>;
	address: Address;
	/** What is known of the content so far. */
	known: () => Partial<Version>;
	/** Whether it is certain that the storage serves ranges, so that several are on their way. */
	isPlanned: () => boolean;
	/** Called for each answer that can be used. */
	onAnswer: (answer: Answer, head: ResponseHead) => void;
	/** Starts the checksums of a range. Undefined: none can be computed. */
	startSums: (range: AskedRange) => RunningSums | undefined;
}

export interface FetchedRange {
	start: number;
	end: number;
	sums: BlockSums;
	attempts: number;
}

/**
 * Receives one range, with retries, each of which goes on where the one before ended. Renews the address when it has expired.
 * @param range if the storage ignores it, everything is received instead, but only if it begins with the first byte
 * @throws BeginAgain, MasvTransferError, MasvCancelledError, what the sink and the address throw
 */
export async function fetchRange(access: RangeAccess, range: AskedRange, signal?: AbortSignal): Promise<FetchedRange> {
	const { run, file, sink, address } = access;
	const client = signal === undefined ? run.client : run.client.withSignal(signal);
	const label = labelOf(file);
	const operation = `download "${label}"`;
	let asked = range;
	let position = range.start;
	let sums: RunningSums | undefined;
	/** Blocks that were complete before `sums` was started, or of which others have computed the MD5. */
	const blocks: BlockSums = new Map();
	let attempts = 0;
	/** Where the answer ends. */
	let end = range.end;
	/** How far the content of this attempt has arrived. Without ranges, each begins anew. */
	let arrived = range.start;
	const advance = createAdvance(client.clock, range.start);
	const moved = (bytes: number): void => {
		arrived += bytes;
		advance.reached(arrived);
		run.width.moved(bytes);
	};

	const judge = (head: ResponseHead): void => {
		const answer = judgeAnswer(head, { ...asked, start: position }, access.known(), { file: label, operation });
		if (answer.isWhole && asked.end !== undefined) {
			// Only the first answer may replace the plan: later, other ranges are on their way.
			if (position > 0 || access.isPlanned()) throw ignoredError(label);
			asked = { start: 0, end: undefined };
		}
		// Nobody says how many ranges there are.
		if (!answer.isWhole && (answer.version.bytes ?? access.known().bytes) === undefined) throw ignoredError(label);
		access.onAnswer(answer, head);
		end = answer.isWhole ? answer.version.bytes : answer.end;
		if (sums?.position === position) return;
		addAll(blocks, sums?.complete ?? noSums);
		sums = access.startSums({ start: position, end });
	};
	const write = async (bytes: Uint8Array, at: number): Promise<void> => {
		sums?.update(bytes);
		run.meter.advance(bytes.length);
		await sink.write(bytes, at);
	};
	const beginWhole = (): void => {
		run.meter.advance(-position);
		position = 0;
		sums = undefined;
		blocks.clear();
	};
	/** What is written elsewhere, with checksums that are computed there. */
	const lend = (lent: ReturnType<NonNullable<OpenSink['lend']>>): LentFile => {
		const wanted = sums;
		// A block that has begun here does not end here.
		addAll(blocks, wanted?.complete ?? noSums);
		sums = undefined;
		return {
			...lent,
			position,
			end,
			bufferBytes: Math.min(run.pool.bufferBytes, largestLentBytes, Math.floor(allLentBytes / run.width.connections)),
			blockBytes: wanted === undefined ? undefined : (wanted.blockBytes ?? null),
			arrived: moved,
			written: (bytes) => {
				position += bytes;
				run.meter.advance(bytes);
				return wanted?.admits(bytes) ?? false;
			},
			summed: (start, md5) => void blocks.set(start, md5),
		};
	};
	const attempt = async (to: Blueprint): Promise<void> => {
		let collector: Collector | undefined;
		arrived = position;
		try {
			const lendSink = sink.lend;
			const whole = withRange(to, { ...asked, start: position }, access.known());
			const content = {
				takes: (head: ResponseHead): boolean => {
					if (head.status < 200 || head.status > 299) return false;
					judge(head);
					return true;
				},
				take: (piece: Uint8Array) => {
					moved(piece.length);
					collector ??= createCollector(run.pool, { start: position, end }, operation, write);
					return collector.take(piece);
				},
				...(lendSink !== undefined && isLarge({ start: position, end }) && { lend: () => lend(lendSink()) }),
			};
			await sendBlueprint(client, operation, whole, { method: 'GET', body: undefined, content }, attempts);
		} finally {
			if (collector !== undefined) position = await untilAborted(client.signal)(collector.settle());
		}
		if (end !== undefined && position !== end) throw incompleteError(operation);
	};
	try {
		await retry(
			async () => {
				attempts++;
				// Only what follows the content was lost.
				if (position === end) return;
				if (asked.end === undefined && position > 0) beginWhole();
				await address.use(
					async (to) => await followRedirects(to, attempt),
					() => attempts++,
				);
			},
			{
				policy: run.policy,
				clock: client.clock,
				signal: client.signal,
				onRetry: (error, count) => {
					run.width.failed(error);
					client.reportRetry(error, count);
				},
				isTransient: (error) => !address.isOwnFailure(error) && isTransient(error),
				advancedAt: advance.at,
			},
		);
	} catch (error) {
		if (address.isOwnFailure(error)) throw error;
		if (isOtherVersion(error)) throw changedError(label, 'its ETag changed');
		if (isOutsideRange(error)) {
			// An empty file has no range, and MASV lists no size for some.
			throw access.known().bytes === undefined ? ignoredError(label) : changedError(label, 'it became shorter');
		}
		throw toTransferError(error, label, attempts);
	}
	return { start: range.start, end: position, sums: addAll(blocks, sums?.finish() ?? noSums), attempts };
}

const noSums: BlockSums = new Map();

function addAll(blocks: BlockSums, more: BlockSums): BlockSums {
	for (const [start, md5] of more) blocks.set(start, md5);
	return blocks;
}

/** All buffers of those who write lent files, each of whom has one. */
const allLentBytes = 8 * 1024 * 1024;
/** The buffers of one thread stay in the cache of its processor. Larger ones take 2 to 3% more of its time. */
const largestLentBytes = 128 * 1024;
/** What is shorter arrives before another way to write it has paid. */
const lentBytes = 1024 * 1024;

function isLarge({ start, end = Infinity }: AskedRange): boolean {
	return end - start >= lentBytes;
}

function withRange({ headers, ...rest }: Blueprint, { start, end }: AskedRange, { etag }: Partial<Version>): Blueprint {
	return {
		...rest,
		headers: {
			...headers,
			// The bytes of the file are wanted, not those of a compressed form.
			'accept-encoding': 'identity',
			...(end !== undefined && { range: `bytes=${start}-${end - 1}` }),
			...(isStrong(etag) && { 'if-match': etag }),
		},
	};
}

function ignoredError(file: string): BeginAgain {
	return new BeginAgain(file, `MASV's storage does not send "${file}" in parts`, {
		code: 'content_not_received',
		isWhole: true,
	});
}

function incompleteError(operation: string): MasvConnectionError {
	return new MasvConnectionError(`Could not ${operation}. The response ended too early`, { code: 'connection_lost' });
}

function toTransferError(error: unknown, file: string, attempts: number): unknown {
	const isStorageError = error instanceof MasvApiError && error.service === 'MASV storage';
	if (!isStorageError && !(error instanceof MasvConnectionError)) return error;
	return new MasvTransferError(`${error.message} (after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'})`, {
		file,
		code: 'content_not_received',
		cause: error,
		hint: error.hint,
	});
}

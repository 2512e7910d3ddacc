import { open } from 'node:fs/promises';
import { join } from 'node:path';

import { packageOf } from './content.ts';
import type { DownloadJob } from './downloadWorker.ts';
import { makeFile } from './files.ts';
import { mountLargeTarget } from './largeTarget.ts';
import { createLink, type LinkSettings, toLinkText } from './link.ts';
import { measureWindow } from './measureWorker.ts';
import { mebibyte } from './options.ts';
import { measureRaw } from './rawConnections.ts';
import { type BenchContext, smallBytes } from './rows.ts';
import { sinkAddresses } from './sink.ts';
import type { Job } from './worker.ts';

interface Line extends LinkSettings {
	/** The storage answers SlowDown to more requests per second, each of which carries {@link slowPartBytes}. */
	permitted?: number;
}

/** The least that a part may have. */
const slowPartBytes = 5 * mebibyte;

/** The lines on which numbers of connections are compared, by the names that `--lines` selects. */
export const lines: Record<string, Line> = {
	'1ms': { roundTripMs: 1, lossPercent: 0 },
	'20ms': { roundTripMs: 20, lossPercent: 0 },
	'80ms-0.1': { roundTripMs: 80, lossPercent: 0.1 },
	'80ms-1': { roundTripMs: 80, lossPercent: 1 },
	'200ms-0.1': { roundTripMs: 200, lossPercent: 0.1 },
	'10MiB': { roundTripMs: 20, lossPercent: 0, rate: 10 },
	slowdown: { roundTripMs: 20, lossPercent: 0, permitted: 8 },
	'100MiB': { roundTripMs: 20, lossPercent: 0, rate: 100 },
};

interface Cell {
	isUpload: boolean;
	/** Undefined: automatic. */
	connections: number | undefined;
	/** The C program instead of this package. */
	isRaw?: boolean;
	/** How many files are sent at the same time. */
	transfers?: number;
}

const fixedNumbers = [8, 16, 32, 64];

/** By the names that `--cells` selects. */
export const cells: Record<string, Cell> = Object.fromEntries([
	...cellsOf('send', { isUpload: true }),
	['send-ten', { isUpload: true, connections: undefined, transfers: 10 }],
	...cellsOf('get', { isUpload: false }),
]);

function cellsOf(direction: string, cell: Pick<Cell, 'isUpload'>): Array<[string, Cell]> {
	return [
		...fixedNumbers.map((connections): [string, Cell] => [`${direction}-${connections}`, { ...cell, connections }]),
		[`${direction}-automatic`, { ...cell, connections: undefined }],
		...fixedNumbers.map((connections): [string, Cell] => {
			return [`${direction}-raw-${connections}`, { ...cell, connections, isRaw: true }];
		}),
	];
}

/** More than any cell transfers. A file to send takes no space on the disk, and {@link mountLargeTarget} frees what was received. */
const sentBytes = 32 * 1024 * mebibyte;
/** Of the C program, as this package has them. */
const rawPartBytes = 32 * mebibyte;
const receivedBytes = 64 * 1024 * mebibyte;

/** @returns a table in Markdown, or why a line was not measured */
export async function measureLines(context: BenchContext, say: (line: string) => void): Promise<string> {
	const { options, folder, sink } = context;
	const path = await makeSparseFile(join(folder, 'files', 'sparse.bin'), sentBytes);
	const warmUpPath = await makeFile(join(folder, 'files', 'warm-up.bin'), smallBytes);
	for (const bytes of [receivedBytes, smallBytes]) await sink.serveObject(bytes);
	const seconds = `${options.cellSeconds.join(' s of warm-up and ')} s measured`;
	const rows = [`| Line (${seconds}) | Cell | MiB/s | Peak MiB above idle |`, '| --- | --- | --- | --- |'];
	for (const name of options.lines ?? Object.keys(lines)) {
		const settings = lines[name] as Line;
		const text = toText(settings);
		const link = await createLink(folder, settings).catch((error: unknown) => {
			return `not measured because this machine does not allow it: ${error instanceof Error ? error.message.trim() : String(error)}`;
		});
		if (typeof link === 'string') {
			rows.push(`| ${text} | ${link} | - | - |`);
			continue;
		}
		try {
			for (const cell of options.cells ?? Object.keys(cells)) {
				const measured = await measureCell(context, link.prefix, cells[cell] as Cell, settings, { path, warmUpPath });
				const rate = typeof measured === 'string' ? measured : measured.mebibytes.toFixed(2);
				const peak = typeof measured === 'string' ? '-' : (measured.peak?.toFixed(0) ?? '-');
				say(`${name}, ${cell}: ${rate} MiB/s, ${peak} MiB; ${link.kind}`);
				rows.push(`| ${text} | ${cell} | ${rate} | ${peak} |`);
			}
		} finally {
			await link.remove();
		}
	}
	return rows.join('\n');
}

/** What the storage permits is a rate, too. */
function toText(line: Line): string {
	const { permitted } = line;
	if (permitted === undefined) return toLinkText(line);
	const rate = (permitted * slowPartBytes) / mebibyte;
	return `${toLinkText(line)}; SlowDown above ${permitted} requests/s (${rate} MiB/s)`;
}

/** @returns rate and memory of a cell, or why it was not measured */
async function measureCell(
	{ options, sink, packageFolder, targetFolder, limitProgram }: BenchContext,
	prefix: string[],
	{ isUpload, connections, isRaw = false, transfers }: Cell,
	{ permitted }: Line,
	files: Pick<Job, 'path' | 'warmUpPath'>,
): Promise<{ mebibytes: number; peak?: number } | string> {
	if (isRaw && limitProgram === undefined) return 'not measured: no C compiler with OpenSSL headers';
	if (isRaw && permitted !== undefined) return 'not measured: the C program does not slow down';
	const shared = { url: `https://${sinkAddresses.farAway}:${sink.port}`, packageFolder };
	const upload: Job = { ...shared, ...files, kind: 'masv-disk', parallelParts: connections, verifyParts: 'never' };
	if (transfers !== undefined) upload.transfers = transfers;
	if (permitted !== undefined) upload.partBytes = slowPartBytes;
	const received = join(targetFolder, 'lines');
	const download: DownloadJob = {
		...shared,
		kind: 'get-masv',
		targetFolder: received,
		packageId: packageOf(1, receivedBytes, permitted === undefined ? undefined : slowPartBytes),
		warmUpPackageId: packageOf(1, smallBytes),
		parallelRanges: connections,
		verifyContent: 'never',
		...(permitted !== undefined && { rangeBytes: slowPartBytes }),
	};
	const [warmUp, measured] = options.cellSeconds;
	await sink.permit(permitted ?? 0);
	await sink.reset();
	const moved = async (): Promise<number> => (await sink.counters()).bodyBytes;
	const window = { warmUpMs: warmUp * 1000, measuredMs: measured * 1000, bytes: moved };
	const removeTarget = isUpload ? undefined : await mountLargeTarget(received, 2 * receivedBytes, moved);
	try {
		if (isRaw) {
			const server = [limitProgram as string, sinkAddresses.farAway, `${sink.port}`, sink.certificate];
			const parts = [`${rawPartBytes}`, `${connections}`];
			const words = isUpload
				? [...server, files.path, ...parts]
				: [...server, join(received, 'raw'), ...parts, `${receivedBytes}`];
			return { mebibytes: (await measureRaw(prefix, words, window)) / mebibyte };
		}
		const [program, job] = isUpload ? (['worker.ts', upload] as const) : (['downloadWorker.ts', download] as const);
		const result = await measureWindow(prefix, program, job, sink.certificate, window);
		return { mebibytes: result.bytesPerSecond / mebibyte, peak: result.peakMebibytes };
	} finally {
		await sink.permit(0);
		await removeTarget?.();
	}
}

async function makeSparseFile(path: string, bytes: number): Promise<string> {
	const file = await open(path, 'w');
	await file.truncate(bytes);
	await file.close();
	return path;
}

import { createLines } from '../../../masv/transfer/lines';
import type { MemoryShares } from '../../../masv/transfer/memoryShares';
import { createMemoryShares } from '../../../masv/transfer/memoryShares';
import type { FileSource, FileStamp } from '../../../masv/transfer/source';
import type { Transport } from '../../../masv/transport';
import { MasvClient } from '../../../masv/client';
import { nodeHashing } from '../../../masv/node/nodeHashing';
import { uploadFiles } from '../../../masv/upload/uploadFiles';
import type { UploadOptions } from '../../../masv/upload/uploadOptions';
import { instantClock } from '../../support/instantClock';
import { accessTo, allOf, nothingKnown } from '../../support/packageAccess';

const mebibyte = 1024 * 1024;

/**
 * MASV and a storage on a line where each connection takes the next piece of its part when all others have taken one. The buffers
 * of the last two pieces of each part count as in use: one is being sent while the other one is filled.
 */
function slowLine(onSent: (bytes: number) => void) {
	const state = { mostParts: 0, mostBytes: 0, turns: [] as number[], turnsAtEnd: [] as number[][] };
	const waiting = new Set<() => void>();
	const inUse = new Map<number, Array<{ buffer: ArrayBufferLike }>>();
	let part = 0;
	const send = async (sender: number, body: AsyncIterable<Uint8Array>): Promise<void> => {
		const id = part++;
		const pieces: Uint8Array[] = [];
		let bytes = 0;
		inUse.set(id, pieces);
		for await (const piece of body) {
			pieces.push(piece);
			bytes += piece.length;
			if (pieces.length > 2) pieces.shift();
			await new Promise<void>((resolve) => waiting.add(resolve));
			state.turns[sender] = (state.turns[sender] ?? 0) + 1;
		}
		inUse.delete(id);
		onSent(bytes);
	};
	const transportOf =
		(sender: number): Transport =>
		async ({ method, url, body }) => {
			const { pathname, searchParams } = new URL(url);
			const answer = (content: unknown) => ({ status: 200, headers: {}, text: JSON.stringify(content) });
			if (method === 'PUT') {
				await send(sender, body as AsyncIterable<Uint8Array>);
				return { status: 200, headers: { etag: '"opaque"' }, text: '' };
			}
			if (searchParams.has('start'))
				return answer(
					Array.from({ length: Number(searchParams.get('count')) }, () => ({
						url: 'https://storage.test/part',
						headers: {},
					})),
				);
			if (url.startsWith('https://storage.test'))
				return { status: 200, headers: {}, text: '<R><UploadId>upload</UploadId></R>' };
			if (pathname.endsWith('/files'))
				return answer({ file: { id: 'F1' }, create_blueprint: { url: 'https://storage.test/new', headers: {} } });
			if (pathname.endsWith('/finalize')) return await Promise.resolve({ status: 204, headers: {}, text: '' });
			return { status: 404, headers: {}, text: '' };
		};
	/** Everything that is under way takes one piece more, again and again. */
	const serve = async (work: Promise<unknown>): Promise<void> => {
		let isOver = false;
		void work.finally(() => (isOver = true));
		while (!isOver) {
			await new Promise((resolve) => setImmediate(resolve));
			const buffers = new Set([...inUse.values()].flat().map(({ buffer }) => buffer));
			state.mostBytes = Math.max(
				state.mostBytes,
				[...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0),
			);
			state.mostParts = Math.max(state.mostParts, inUse.size);
			const those = [...waiting];
			waiting.clear();
			those.forEach((proceed) => proceed());
		}
	};
	return { state, serve, transportOf };
}

const stamp: FileStamp = { bytes: 0, modified: '1', changed: '1', device: '1', inode: '1' };
const facts = (bytes: number) => ({
	name: 'a.mov',
	path: '',
	bytes,
	modifiedAt: new Date(0),
	stamp: { ...stamp, bytes },
});

/** A file of any size, whose content is whatever is in the buffers. */
function hugeFile(bytes: number): FileSource {
	return {
		...facts(bytes),
		kind: 'range',
		open: async () =>
			await Promise.resolve({
				read: async (into: Uint8Array) => await Promise.resolve(into.length),
				look: async () => await Promise.resolve({ ...stamp, bytes }),
				close: () => undefined,
			}),
	};
}

const sumOf = (numbers: number[]): number => numbers.reduce((sum, each) => sum + each, 0);

/** @param held told of each piece that is taken from the stream */
function hugeStream(bytes: number, held: (bytes: number) => void): FileSource {
	const piece = new Uint8Array(mebibyte);
	async function* pieces() {
		for (let at = 0; at < bytes; at += mebibyte) {
			held(mebibyte);
			yield await Promise.resolve(piece);
		}
	}
	return {
		...facts(bytes),
		kind: 'stream',
		open: async () => await Promise.resolve({ pieces: pieces(), close: () => undefined }),
	};
}

/** @param lateTurns how many pieces of others are sent before the last transfer begins */
async function upload(
	transfers: number,
	file: number | FileSource[],
	options: UploadOptions,
	lateTurns = 0,
	onSent: (bytes: number) => void = () => undefined,
) {
	const { state, serve, transportOf } = slowLine(onSent);
	const clock = instantClock();
	const send = async (sender: number): Promise<void> => {
		const transport = transportOf(sender);
		while (sender > 0 && sender === transfers - 1 && sumOf(state.turns) < lateTurns)
			await new Promise((resolve) => setImmediate(resolve));
		const before = [...state.turns];
		const client = new MasvClient({
			baseUrl: 'https://masv.test',
			...{ apiKey: 'key', teamId: 'team', transport, clock, hashing: nodeHashing },
		});
		const [end] = await uploadFiles(
			accessTo(client),
			allOf([typeof file === 'number' ? hugeFile(file) : (file[sender] as FileSource)]),
			nothingKnown(),
			{
				...{ stopAtFirst: true, partBytes: 5 * mebibyte, verifyParts: 'never' as const },
				...options,
			},
		);
		if (end?.status === 'rejected') throw end.reason;
		state.turnsAtEnd[sender] = state.turns.map((turns, index) => turns - (before[index] ?? 0));
	};
	await serve(Promise.all(Array.from({ length: transfers }, async (_, index) => await send(index))));
	return state;
}

describe('the buffers of parts that are sent over a slow line', () => {
	it('take at most 20 MiB with 64 parts', async () => {
		const { mostParts, mostBytes } = await upload(1, 320 * mebibyte, { parallelParts: 64 });
		expect(mostParts).toBe(64);
		expect(mostBytes).toBeLessThanOrEqual(20 * mebibyte);
	});

	it('take as much for ten files that are sent at the same time, by ten executions', async () => {
		const clock = instantClock();
		const shared: { memoryShares: MemoryShares } = { memoryShares: createMemoryShares() };
		const { mostParts, mostBytes } = await upload(10, 35 * mebibyte, { ...shared, lines: createLines(clock) });
		expect(mostParts).toBeGreaterThanOrEqual(10);
		expect(mostBytes).toBeLessThanOrEqual(20 * mebibyte);
		const fixed = await upload(10, 35 * mebibyte, { ...shared, parallelParts: 7 });
		expect(fixed.mostParts).toBe(70);
		expect(fixed.mostBytes).toBeLessThanOrEqual(20 * mebibyte);
	});
});

describe('the parts of streams that wait to be sent', () => {
	it.each([1, 2, 6])('take at most 96 MiB in %i executions together', async (executions) => {
		let [held, most] = [0, 0];
		const hold = (bytes: number): void => void (most = Math.max(most, (held += bytes)));
		const streams = Array.from({ length: executions }, () => hugeStream(160 * mebibyte, hold));
		const options = { memoryShares: createMemoryShares(), partBytes: 8 * mebibyte, parallelParts: 20 };
		await upload(executions, streams, options, 0, (bytes) => hold(-bytes));
		expect([held, most / mebibyte]).toEqual([0, 96]);
	});
});

describe('uploads of several executions on one line', () => {
	it('get about half each, also if one begins while the other uses all connections', async () => {
		const shared = { memoryShares: createMemoryShares(), lines: createLines(instantClock()) };
		const { turnsAtEnd } = await upload(2, 200 * mebibyte, shared, 100);
		// From the beginning of the second one to its end.
		const [first = 0, second = 0] = turnsAtEnd[1] ?? [];
		expect(second / (first + second)).toBeGreaterThan(0.4);
		expect(second / (first + second)).toBeLessThan(0.6);
	});

	it('get about the same, ten of them', async () => {
		const shared = { memoryShares: createMemoryShares(), lines: createLines(instantClock()) };
		const { turns, turnsAtEnd } = await upload(10, 30 * mebibyte, shared);
		expect(turns).toHaveLength(10);
		// When the first of them has ended.
		const [earliest] = turnsAtEnd.sort((a, b) => sumOf(a) - sumOf(b));
		expect(Math.max(...(earliest ?? []))).toBeLessThanOrEqual(2 * Math.min(...(earliest ?? [])));
	});
});

import type { RetryPolicy } from '../../../masv/retry';
import { noRetry, outageOf } from '../../../masv/retry';
import type { FileSource } from '../../../masv/transfer/source';
import type { PartCheckOptions } from '../../../masv/upload/partChecks';
import type { PartNote } from '../../../masv/upload/partNote';
import { isVerified } from '../../../masv/upload/partNote';
import type { StoredPart } from '../../../masv/upload/storePart';
import { storeParts } from '../../../masv/upload/storeParts';
import { failureOf } from '../../support/failureOf';
import type { FakeStorage } from '../../support/fakeStorage';
import { damaged, fakeStorage, md5Of } from '../../support/fakeStorage';
import { instantClock } from '../../support/instantClock';
import { nockClient } from '../../support/nockMasv';
import { accessTo } from '../../support/packageAccess';
import { partsInFlight } from '../../support/partsInFlight';
import { patternBytes, rangeOf, streamOf } from '../../support/testSources';

const partBytes = 600 * 1024;
const content = patternBytes(3 * partBytes + 77);
const partOf = (number: number): Buffer => content.subarray((number - 1) * partBytes, number * partBytes);
const range = rangeOf('reel.mov', content);

interface Stored {
	parts: StoredPart[];
	/** As the journal keeps them. */
	notes: Array<[number, PartNote]>;
	retries: string[];
	told: ReturnType<typeof partsInFlight>['told'];
	/** Attempts: size, and whether the MD5 is needed. */
	started: Array<[bytes: number, isRepeat: boolean]>;
	slept: number[];
}

async function store(
	storage: FakeStorage,
	{
		source = range,
		known = [],
		compare = false,
		parallelParts = 1,
		policy = noRetry,
		...options
	}: {
		source?: FileSource;
		known?: Array<[number, PartNote]>;
		compare?: boolean;
		parallelParts?: number;
		policy?: RetryPolicy;
	} & Partial<PartCheckOptions> = {},
): Promise<Stored> {
	const retries: string[] = [];
	const notes: Array<[number, PartNote]> = [];
	const clock = instantClock();
	const client = nockClient({ transport: storage.transport, clock, onRetry: (text) => retries.push(text) });
	const inFlight = partsInFlight({ parallelParts, streamBytes: 4 * partBytes, ...options });
	const started: Stored['started'] = [];
	const { checks } = inFlight;
	inFlight.checks = {
		verdict: checks.verdict,
		start: (bytes, isRepeat) => {
			started.push([bytes, isRepeat]);
			return checks.start(bytes, isRepeat);
		},
	};
	const parts = await storeParts(accessTo(client, policy), inFlight, source, {
		plan: { parts: 4, partBytes, parallelParts },
		upload: { fileId: 'F1', uploadId: 'up-1', file: 'reel.mov' },
		known: new Map(known),
		compare,
		onPartStored: (index, note) => Promise.resolve(void notes.push([index, note])),
	});
	return { parts, notes, retries, told: inFlight.told, started, slept: clock.slept };
}

const opaque = (content: Buffer, number: number, attempt: number) => ({
	content,
	etag: `"${md5Of(Buffer.from(`${number} ${attempt}`))}"`,
});

describe.each<[string, FileSource]>([
	['a file', range],
	['a stream', streamOf('reel.mov', content, [100_000])],
	['a stream of one piece', streamOf('reel.mov', content, [content.length])],
])('the parts of %s', (_, source) => {
	it('are verified if every ETag is the MD5 of what was sent', async () => {
		const storage = fakeStorage();
		const { parts, notes } = await store(storage, { source, parallelParts: 3 });
		expect(parts.map(isVerified)).toEqual([true, true, true, true]);
		expect(notes.sort(([a], [b]) => a - b)).toEqual(
			[1, 2, 3, 4].map((number) => {
				const md5 = md5Of(partOf(number));
				return [number - 1, { etag: `"${md5}"`, md5 }];
			}),
		);
		expect(storage.whole().equals(content)).toBe(true);
	});

	it.each([1, 2, 4])(
		'are sent again if they were damaged on the way, without a retry policy (part %i)',
		async (bad) => {
			const storage = fakeStorage((part, number, attempt) => ({
				content: number === bad && attempt === 1 ? damaged(part) : part,
			}));
			const { parts, retries, told, started } = await store(storage, { source });
			expect(parts.map(({ attempts }) => attempts)).toEqual([1, 2, 3, 4].map((number) => (number === bad ? 2 : 1)));
			expect(started.filter(([, isRepeat]) => isRepeat)).toEqual([[partOf(bad).length, true]]);
			expect(parts.every(isVerified)).toBe(true);
			expect(storage.whole().equals(content)).toBe(true);
			expect(retries).toEqual([
				`The ETag of part ${bad} of "reel.mov" is not the MD5 of what was sent (attempt 1, retrying)`,
			]);
			expect(told.advanced).toBe(content.length);
		},
	);

	it('are accepted if the ETags of the storage are opaque, with a CRC-32 instead', async () => {
		let notices = 0;
		const storage = fakeStorage(opaque);
		const { parts, told } = await store(storage, { source, onOpaque: () => void notices++ });
		expect(storage.sent).toEqual([1, 1, 2, 3, 4]);
		expect(parts.some(isVerified)).toBe(false);
		expect(parts.map(({ md5, crc32 }) => [md5 !== undefined, crc32 !== undefined])).toEqual([
			[true, false],
			[false, true],
			[false, true],
			[false, true],
		]);
		expect([notices, told.advanced]).toEqual([1, content.length]);
	});

	it('are read again at the next run and not sent, if they are still the same', async () => {
		const before = await store(fakeStorage(), { source });
		const known = before.notes.filter(([index]) => index !== 2);
		const storage = fakeStorage();
		const { parts, told } = await store(storage, { source, known, compare: true, parallelParts: 3 });
		expect(storage.sent).toEqual([3]);
		expect(parts.map(({ attempts }) => attempts)).toEqual([0, 0, 1, 0]);
		expect(parts.every(isVerified)).toBe(true);
		expect([told.advanced, told.skipped]).toEqual([partBytes, content.length - partBytes]);
	});
});

describe('a part', () => {
	it('is an error with its name if it arrives damaged again and again', async () => {
		const storage = fakeStorage((part, number) => ({ content: number === 3 ? damaged(part) : part }));
		expect(await failureOf(store(storage))).toMatchObject({
			code: 'part_damaged',
			message: 'Part 3 of "reel.mov" arrived damaged: its ETag is not the MD5 of what was sent',
			file: 'reel.mov',
			partNumber: 3,
		});
		expect(storage.sent).toEqual([1, 2, 3, 3, 3]);
	});

	it('is an error as well if it was the first, and only later ones show that ETags are MD5s', async () => {
		const storage = fakeStorage((part, number, attempt) => ({
			content: number === 1 && attempt <= 2 ? damaged(part) : part,
		}));
		// The MD5 of the other part is already being computed when the first one has failed twice.
		let proceed: () => void = () => undefined;
		const firstDone = new Promise<void>((resolve) => (proceed = resolve));
		const slow: FakeStorage = {
			...storage,
			transport: async (request) => {
				const isSecond = request.url.endsWith('number=2');
				const response = await storage.transport(request);
				if (isSecond) await firstDone;
				return response;
			},
		};
		const failing = store(slow, { parallelParts: 2, onOpaque: () => proceed() });
		expect(await failureOf(failing)).toMatchObject({ code: 'part_damaged', partNumber: 1 });
	});

	it('counts its bytes once, even if it was accepted without an ETag at first', async () => {
		const storage = fakeStorage((part, number, attempt) => ({
			content: part,
			...(number === 2 && attempt === 1 && { etag: '' }),
		}));
		const { told } = await store(storage, { policy: outageOf(60_000) });
		expect([storage.sent, told.advanced]).toEqual([[1, 2, 2, 3, 4], content.length]);
	});

	it('is an error if it arrives damaged although the parts of an earlier run matched', async () => {
		const { notes } = await store(fakeStorage());
		const storage = fakeStorage((part) => ({ content: damaged(part) }));
		const failing = store(storage, { known: notes.slice(0, 2) });
		expect(await failureOf(failing)).toMatchObject({ code: 'part_damaged', partNumber: 3 });
	});

	it('that was left damaged by an earlier run is sent anew, because another part proves it', async () => {
		const { notes } = await store(fakeStorage());
		const known = notes.map(([index, note]): [number, PartNote] => [
			index,
			index === 1 ? { ...note, etag: `"${md5Of(Buffer.from('damaged'))}"` } : note,
		]);
		const storage = fakeStorage();
		await store(storage, { known });
		expect(storage.sent).toEqual([2]);
	});

	it('is not hashed if it is not to be verified, except for the journal', async () => {
		const storage = fakeStorage((part, number) => ({ content: number === 2 ? damaged(part) : part }));
		const { parts } = await store(storage, { verifyParts: 'never' });
		expect(storage.sent).toEqual([1, 2, 3, 4]);
		expect(parts.map((part) => [part.md5, part.crc32?.length, isVerified(part)])).toEqual(
			Array.from({ length: 4 }, () => [undefined, 8, false]),
		);
	});

	it('is not sent because the journal has more of them than the file', async () => {
		const { notes } = await store(fakeStorage());
		const storage = fakeStorage();
		const { parts, told } = await store(storage, { known: [...notes, [9, { etag: 'e' }]] });
		expect([storage.sent, parts.length, told.skipped]).toEqual([[], 4, content.length]);
	});
});

it('lets the event loop run between parts that are compared in memory', async () => {
	const source = streamOf('reel.mov', content, [content.length]);
	const { notes } = await store(fakeStorage(), { source });
	expect((await store(fakeStorage(), { source, known: notes })).slept).toEqual([0, 0, 0, 0]);
});

describe.each<[string, typeof opaque | undefined]>([
	['MD5s', undefined],
	['opaque', opaque],
])('a resumed file, in a storage whose ETags are %s', (_, arrive) => {
	const changed = Buffer.concat([
		content.subarray(0, partBytes + 5),
		Buffer.from('!!'),
		content.subarray(partBytes + 7),
	]);

	it.each<[string, FileSource]>([
		['a file', rangeOf('reel.mov', changed)],
		['a stream', streamOf('reel.mov', changed, [100_000])],
	])('has only the content of now, even if %s changed without a trace', async (_kind, source) => {
		const storage = fakeStorage(arrive);
		const before = await store(storage);
		storage.sent.length = 0;
		const known = before.notes.filter(([index]) => index !== 3);
		storage.parts.delete(4);
		const { parts, notes } = await store(storage, { source, known, compare: true, parallelParts: 2 });
		expect(new Set(storage.sent)).toEqual(new Set([2, 4]));
		expect(storage.whole().equals(changed)).toBe(true);
		expect(notes.map(([index]) => index).sort()).toEqual([1, 3]);
		expect(parts.map(({ attempts }) => attempts > 0)).toEqual([false, true, false, true]);
	});

	it('is not read again if the file system says that it is the same', async () => {
		const { notes } = await store(fakeStorage(arrive));
		let reads = 0;
		const source = {
			...range,
			open: async () => {
				const reader = await range.open();
				return {
					...reader,
					read: async (...where: Parameters<typeof reader.read>) => (reads++, await reader.read(...where)),
				};
			},
		};
		await store(fakeStorage(arrive), { source, known: notes });
		expect(reads).toBe(0);
	});
});

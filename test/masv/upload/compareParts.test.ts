import { MasvCancelledError } from '../../../masv/errors';
import { noRetry } from '../../../masv/retry';
import type { RangeReader, RangeSource } from '../../../masv/transfer/source';
import { noChecksum } from '../../../masv/transfer/checksum';
import { compareParts } from '../../../masv/upload/compareParts';
import type { PartChecks } from '../../../masv/upload/partChecks';
import type { PartNote } from '../../../masv/upload/partNote';
import { isVerified } from '../../../masv/upload/partNote';
import { storeParts } from '../../../masv/upload/storeParts';
import { failureOf } from '../../support/failureOf';
import type { FakeStorage } from '../../support/fakeStorage';
import { fakeStorage, md5Of } from '../../support/fakeStorage';
import { nockClient } from '../../support/nockMasv';
import { accessTo } from '../../support/packageAccess';
import { partsInFlight } from '../../support/partsInFlight';
import { patternBytes, rangeOf } from '../../support/testSources';

const partBytes = 2_000_000;
const content = patternBytes(4 * partBytes - 5);
const plan = { parts: 4, partBytes, parallelParts: 3 };
const partOf = (index: number): Buffer => content.subarray(index * partBytes, (index + 1) * partBytes);
const md5s = [0, 1, 2, 3].map((index) => md5Of(partOf(index)));
const other = md5Of(Buffer.from('other'));

async function compare(
	notes: Array<[number, PartNote]>,
	source: RangeSource = rangeOf('reel.mov', content),
	signal?: AbortSignal,
) {
	const inFlight = partsInFlight({ parallelParts: 2 });
	const access = accessTo(nockClient({ signal }), noRetry);
	const compared = await compareParts(access, inFlight, source, plan, new Map(notes));
	return { ...compared, told: inFlight.told };
}

/** A source whose reader differs in this way from one in memory. */
function fileWith(change: (reader: RangeReader) => Partial<RangeReader>, bytes = content): RangeSource {
	const source = rangeOf('reel.mov', bytes);
	return {
		...source,
		open: async () => {
			const reader = await source.open();
			return { ...reader, ...change(reader) };
		},
	};
}

describe('comparing stored parts with a file', () => {
	it('tells those that differ by whatever checksum there is', async () => {
		const { same, different, unknown } = await compare([
			[3, { etag: 'odd', crc32: '00000000' }],
			[0, { etag: `"${other}"`, md5: md5s[0] }],
			[1, { etag: `"${md5s[1]}"` }],
			[2, { etag: `"${md5s[2]}"`, md5: other }],
		]);
		expect([...same.keys()].sort()).toEqual([0, 1]);
		expect([different, unknown]).toEqual([[2, 3], []]);
	});

	it('does not take an ETag that looks like the MD5 of other content for a difference', async () => {
		const { different, unknown } = await compare([[1, { etag: `"${other}"` }]]);
		expect([different, unknown]).toEqual([[], [1]]);
	});

	it('counts a part as verified when the MD5 of the file is the ETag', async () => {
		const { same } = await compare([[1, { etag: `"${md5s[1]}"` }]]);
		expect([...same.values()].map(isVerified)).toEqual([true]);
	});

	it('does not read parts that it has no checksum for', async () => {
		const { unknown, told } = await compare([
			[0, { etag: 'odd' }],
			[1, { etag: `"${md5s[1]}"`, md5: md5s[1] }],
		]);
		expect([unknown, told.toCheck, told.checked]).toEqual([[0], partBytes, partBytes]);
	});

	it('ends when the upload is stopped, and closes the file', async () => {
		const stop = new AbortController();
		let closed = 0;
		let reads = 0;
		const source = fileWith((reader) => ({
			read: async (...where) => {
				reads++;
				stop.abort();
				return await reader.read(...where);
			},
			close: () => void closed++,
		}));
		const notes = md5s.map((md5, index): [number, PartNote] => [index, { etag: `"${md5}"` }]);
		expect(await failureOf(compare(notes, source, stop.signal))).toBeInstanceOf(MasvCancelledError);
		expect(closed).toBe(1);
		// Two parts at a time, whose next pieces are already being read.
		expect(reads).toBeLessThanOrEqual(4);
	});

	it('does not compute the MD5 of a file that has changed', async () => {
		const sum = jest.fn(async () => await Promise.resolve());
		const access = accessTo(nockClient(), noRetry);
		const stored = new Map<number, PartNote>([[1, { etag: `"${other}"`, md5: other }]]);
		const source = rangeOf('reel.mov', content);
		const { different } = await compareParts(access, partsInFlight(), source, plan, stored, sum);
		expect([different, sum.mock.calls]).toEqual([[1], []]);
	});

	it('fails when the file has become shorter', async () => {
		const short = { ...rangeOf('reel.mov', content.subarray(0, partBytes)), bytes: content.length };
		expect(await failureOf(compare([[1, { etag: `"${md5s[1]}"` }]], short))).toMatchObject({ code: 'file_changed' });
	});
});

describe('a file whose modification time is the same, but not all else', () => {
	const stampOf = (changed: string) => ({ bytes: content.length, modified: '1', changed, device: '1', inode: '1' });
	/** Uploads a file that the file system calls changed as soon as a part has been sent. */
	async function store(
		storage: FakeStorage,
		after: Buffer,
		known = new Map<number, PartNote>(),
		{ parts: count = 4, isHashed = true } = {},
	) {
		let now = content;
		const source = {
			...fileWith(() => ({
				look: () => Promise.resolve(stampOf(storage.sent.length === 0 ? '1' : '2')),
				read: async (into, position) => {
					if (storage.sent.length > 2) now = after;
					const piece = now.subarray(position, position + into.length);
					into.set(piece);
					return await Promise.resolve(piece.length);
				},
			})),
			stamp: stampOf('1'),
		};
		const access = accessTo(nockClient({ transport: storage.transport }), noRetry);
		const inFlight = partsInFlight({ parallelParts: 1 });
		const { checks } = inFlight;
		if (!isHashed) {
			const start: PartChecks['start'] = (...args) => (args[2] === true ? checks.start(...args) : noChecksum);
			inFlight.checks = { verdict: checks.verdict, start };
		}
		const parts = await storeParts(access, inFlight, source, {
			plan: { parts: count, partBytes: count === 1 ? content.length : partBytes, parallelParts: 1 },
			upload: { fileId: 'F1', uploadId: 'up-1', file: 'reel.mov' },
			known,
			compare: false,
			onPartStored: () => Promise.resolve(),
		});
		return { parts, told: inFlight.told };
	}

	it('is read again at the end, and accepted if its content is what was sent', async () => {
		const storage = fakeStorage();
		const { told } = await store(storage, content);
		expect([storage.sent, told.checked]).toEqual([[1, 2, 3, 4], content.length]);
	});

	it('is an error if another file has taken its place', async () => {
		const after = Buffer.from(content);
		after.writeUInt8(after.readUInt8(7) ^ 1, 7);
		expect(await failureOf(store(fakeStorage(), after))).toMatchObject({
			code: 'file_changed',
			message: '"reel.mov" changed during the upload: its content changed',
		});
	});

	it.each([1, 4])('is sent again if it was not hashed and has opaque ETags, in %i part(s)', async (parts) => {
		let etags = 0;
		const storage = fakeStorage((arrived) => ({ content: arrived, etag: `"${md5Of(Buffer.from(`${etags++}`))}"` }));
		const { told } = await store(storage, content, new Map(), { parts, isHashed: false });
		const all = Array.from({ length: parts }, (_, index) => index + 1);
		expect(storage.sent).toEqual([...all, ...all]);
		expect(storage.whole().equals(content)).toBe(true);
		expect(told.advanced).toBe(content.length);
	});

	it('has the parts of an earlier run compared if it differs from the planned file when it is opened', async () => {
		const storage = fakeStorage();
		storage.sent.push(0);
		const known = new Map([
			[0, { etag: `"${md5s[0]}"`, md5: md5s[0] as string }],
			[1, { etag: `"${other}"`, md5: other }],
		]);
		const { told } = await store(storage, content, known);
		expect([storage.sent, told.checked]).toEqual([[0, 2, 3, 4], 2 * partBytes]);
	});
});

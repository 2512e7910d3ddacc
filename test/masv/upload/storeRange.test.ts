import { MasvConnectionError, MasvTransferError } from '../../../masv/errors';
import { nodeHashing } from '../../../masv/node/nodeHashing';
import { noRetry, outageOf } from '../../../masv/retry';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import type { RangeReader, RangeSource } from '../../../masv/transfer/source';
import type { Transport } from '../../../masv/transport';
import { instantClock } from '../../support/instantClock';
import type { PartNote } from '../../../masv/upload/partNote';
import { createSlots } from '../../../masv/upload/slots';
import type { StoredPart } from '../../../masv/upload/storePart';
import { storeRange } from '../../../masv/upload/storeRange';
import { failureOf, nockClient } from '../../support/nockMasv';
import { accessTo } from '../../support/packageAccess';
import { partsInFlight } from '../../support/partsInFlight';

const mebibyte = 1024 * 1024;
const accepting: Transport = () => Promise.resolve({ status: 200, headers: { etag: 'e1' }, text: '' });

const stamp = { bytes: 2 * mebibyte, modified: '1000000000', changed: '1000000000', device: '0', inode: '0' };

function crc32Of(content: Uint8Array): string {
	return nodeHashing.crc32(content).toString(16).padStart(8, '0');
}

/** A file whose reader differs in this way from one in memory. */
function fileWith(change: (reader: RangeReader) => Partial<RangeReader>): RangeSource {
	const content = new Uint8Array(2 * mebibyte);
	const source = bufferSource(content, { name: 'clip.mov', path: '', modifiedAt: new Date(1_000), stamp });
	const open = async (): Promise<RangeReader> => {
		const reader = await source.open();
		return { ...reader, ...change(reader) };
	};
	return { ...source, open };
}

async function store(
	source: RangeSource,
	transport: Transport,
	parts: number,
	policy = noRetry,
	slots = createSlots(1, instantClock()),
	toNote = (part: StoredPart): StoredPart => part,
	known: ReadonlyMap<number, PartNote> = new Map(),
	sum?: () => Promise<undefined>,
): Promise<void> {
	const stored = new Map<number, StoredPart>();
	const url = { url: 'https://storage.masv.test/part', headers: {}, body: '' };
	await storeRange(accessTo(nockClient({ transport }), policy), { ...partsInFlight(), slots }, source, {
		plan: { parts, partBytes: source.bytes / parts, parallelParts: 1 },
		upload: { fileId: 'F1', uploadId: 'up-1', file: 'clip.mov' },
		urls: { get: () => Promise.resolve(url), renew: () => Promise.resolve(url) },
		known,
		compare: false,
		sum,
		stored,
		reuse: () => {},
		keep: (index, part) => Promise.resolve(void stored.set(index, toNote(part))),
	});
}

describe('a file', () => {
	it('that changed before it is uploaded in several parts is not sent at all', async () => {
		let sent = 0;
		const transport: Transport = async (request) => {
			sent++;
			return await accepting(request);
		};
		const changed = fileWith(() => ({ look: () => Promise.resolve({ ...stamp, modified: '2000000000' }) }));
		expect(await failureOf(store(changed, transport, 2))).toMatchObject({ code: 'file_changed' });
		expect(sent).toBe(0);
	});

	it('is sent no further once it has been modified', async () => {
		let sent = 0;
		const transport: Transport = async (request) => {
			sent++;
			return await accepting(request);
		};
		const changing = fileWith(() => ({
			look: () => Promise.resolve({ ...stamp, modified: sent === 0 ? stamp.modified : '2000000000' }),
		}));
		expect(await failureOf(store(changing, transport, 4))).toMatchObject({ code: 'file_changed' });
		expect(sent).toBe(1);
	});

	it.each([1, 2])('that changes while it is uploaded in %i parts is an error', async (parts) => {
		let { modified } = stamp;
		const transport: Transport = async (request) => {
			modified = '2000000000';
			return await accepting(request);
		};
		const changing = fileWith(() => ({ look: () => Promise.resolve({ ...stamp, modified }) }));
		expect(await failureOf(store(changing, transport, parts))).toMatchObject({ code: 'file_changed' });
	});

	it('whose content changed between two parts is an error although its modification time was set back', async () => {
		let rewritten = 0;
		const transport: Transport = async (request) => {
			for await (const _ of request.body as AsyncIterable<Uint8Array>);
			rewritten = 1;
			return await accepting(request);
		};
		const changing = fileWith((reader) => ({
			look: () => Promise.resolve({ ...stamp, changed: rewritten === 0 ? stamp.changed : '2000000000' }),
			read: async (into, position) => {
				const read = await reader.read(into, position);
				into.fill(rewritten, 0, read);
				return read;
			},
		}));
		const { message } = await failureOf<MasvTransferError>(store(changing, transport, 2));
		expect(message).toBe('"clip.mov" changed during the upload: its content changed');
	});

	it('that was touched since it was planned is compared before the parts of an earlier run are taken for it', async () => {
		let sent = 0;
		const transport: Transport = async (request) => {
			sent++;
			for await (const _ of request.body as AsyncIterable<Uint8Array>);
			return await accepting(request);
		};
		const touched = fileWith(() => ({ look: () => Promise.resolve({ ...stamp, changed: '2000000000' }) }));
		const other: PartNote = { etag: 'e0', crc32: '00000000' };
		const same: PartNote = { etag: 'e0', crc32: crc32Of(new Uint8Array(mebibyte)) };
		const known = new Map([
			[0, same],
			[1, other],
		]);
		await store(touched, transport, 2, undefined, undefined, undefined, known);
		expect(sent).toBe(1);
	});

	it('that is modified while it is sent again because it was touched is an error', async () => {
		let looks = 0;
		// The second look shows other permissions, and each later one that a program writes to the file.
		const states = [stamp, { ...stamp, changed: '2' }, { ...stamp, changed: '3', modified: '3' }];
		const changing = fileWith(() => ({ look: () => Promise.resolve(states[Math.min(++looks, 2)] ?? stamp) }));
		let sent = 0;
		const transport: Transport = async (request) => {
			sent++;
			for await (const _ of request.body as AsyncIterable<Uint8Array>);
			return await accepting(request);
		};
		const withoutSum = ({ etag, attempts }: StoredPart): StoredPart => ({ etag, attempts });
		const error = await failureOf(store(changing, transport, 1, undefined, undefined, withoutSum));
		expect([error, sent]).toMatchObject([{ code: 'file_changed' }, 2]);
	});

	it('has its MD5 computed again if it was touched meanwhile: it may have had other content then', async () => {
		let sums = 0;
		const touched = fileWith(() => ({
			look: () => Promise.resolve({ ...stamp, changed: sums === 0 ? stamp.changed : '2000000000' }),
		}));
		const sending: Transport = async (request) => {
			for await (const _ of request.body as AsyncIterable<Uint8Array>);
			return await accepting(request);
		};
		const sum = async (): Promise<undefined> => await Promise.resolve(void sums++);
		await store(touched, sending, 1, undefined, undefined, undefined, undefined, sum);
		expect(sums).toBe(2);
	});

	it('ends when a part fails, without waiting for a read that hangs', async () => {
		let closed = 0;
		const hanging = fileWith((reader) => ({
			read: async (into, position) =>
				await (position > 0 ? new Promise<never>(() => undefined) : reader.read(into, position)),
			close: () => void closed++,
		}));
		const failing: Transport = async ({ body }) => {
			await (body as AsyncGenerator<Uint8Array>).next();
			throw new MasvConnectionError('It failed', { code: 'connection_lost', transient: false });
		};
		expect(await failureOf(store(hanging, failing, 1))).toMatchObject({ code: 'part_not_stored' });
		expect(closed).toBe(1);
	});

	it.each([
		['EIO', 'the disk reported an error (EIO)', 1],
		['EIO', 'the disk reported an error (EIO)', 8],
		['ECONNRESET', 'the connection to the network drive was lost (ECONNRESET)', 1],
		['EWEIRD', 'EWEIRD', 1],
	])('that fails with %s is not taken for a failing connection', async (code, reason, parts) => {
		let requests = 0;
		const transport: Transport = async (request) => {
			requests++;
			for await (const _ of request.body as AsyncIterable<Uint8Array>);
			return await accepting(request);
		};
		const broken = fileWith((reader) => ({
			read: async (into, position) => {
				if (position > 0) throw Object.assign(new Error('i/o'), { code });
				return await reader.read(into, position);
			},
		}));
		const error = await failureOf(store(broken, transport, parts, outageOf(60_000)));
		expect(error).toMatchObject({
			code: 'file_not_readable',
			message: `"clip.mov" cannot be read: ${reason}`,
			file: 'clip.mov',
		});
		expect(requests).toBeLessThanOrEqual(2);
	});

	it('does not let a read that has stalled write into the parts of other files', async () => {
		let finishRead: () => void = () => undefined;
		const stalled = fileWith(() => ({
			read: (into) => {
				finishRead = () => void into.fill(0xee);
				return Promise.reject(new MasvTransferError('It stalled', { code: 'file_read_stalled', file: 'clip.mov' }));
			},
		}));
		const slots = createSlots(1, instantClock());
		const sending: Transport = async (request) => {
			for await (const _ of request.body as AsyncIterable<Uint8Array>);
			return await accepting(request);
		};
		expect(await failureOf(store(stalled, sending, 1, noRetry, slots))).toMatchObject({ code: 'file_read_stalled' });
		const slot = slots.take();
		const buffer = slot.buffer(0, 10);
		finishRead();
		expect([...buffer]).toEqual([...new Uint8Array(10)]);
	});
});

import { MasvConnectionError } from '../../../masv/errors';
import { noRetry } from '../../../masv/retry';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import type { RangeReader, RangeSource } from '../../../masv/transfer/source';
import type { Transport } from '../../../masv/transport';
import { storeRange } from '../../../masv/upload/storeRange';
import { failureOf, nockClient } from '../../support/nockMasv';
import { accessTo } from '../../support/packageAccess';
import { partsInFlight } from '../../support/partsInFlight';

const mebibyte = 1024 * 1024;
const accepting: Transport = () => Promise.resolve({ status: 200, headers: { etag: 'e1' }, text: '' });

const stamp = { bytes: 2 * mebibyte, modified: '1000000000', changed: '1000000000', device: '0', inode: '0' };

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

async function store(source: RangeSource, transport: Transport, parts: number): Promise<void> {
	const url = { url: 'https://storage.masv.test/part', headers: {}, body: '' };
	await storeRange(
		accessTo(nockClient({ transport }), noRetry),
		partsInFlight(),
		source,
		{
			plan: { parts, partBytes: source.bytes / parts, parallelParts: 1 },
			upload: { fileId: 'F1', uploadId: 'up-1', file: 'clip.mov' },
			urls: { get: () => Promise.resolve(url), renew: () => Promise.resolve(url) },
			known: new Map(),
			compare: false,
			stored: new Map(),
			reuse: () => {},
			keep: async () => {},
		},
	);
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

	it.each([1, 2])('that changes while it is uploaded in %i parts is an error', async (parts) => {
		let { modified } = stamp;
		const transport: Transport = async (request) => {
			modified = '2000000000';
			return await accepting(request);
		};
		const changing = fileWith(() => ({ look: () => Promise.resolve({ ...stamp, modified }) }));
		expect(await failureOf(store(changing, transport, parts))).toMatchObject({ code: 'file_changed' });
	});

	it('is closed after the last read, which a failed request may have left running', async () => {
		const events: string[] = [];
		const slow = fileWith((reader) => ({
			read: async (into, position) => {
				if (position > 0) await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
				events.push('read');
				return await reader.read(into, position);
			},
			close: () => void events.push('closed'),
		}));
		const failing: Transport = async ({ body }) => {
			await (body as AsyncGenerator<Uint8Array>).next();
			throw new MasvConnectionError('It failed', { code: 'connection_lost', transient: false });
		};
		expect(await failureOf(store(slow, failing, 1))).toMatchObject({ code: 'part_not_stored' });
		expect(events).toEqual(['read', 'read', 'closed']);
	});
});

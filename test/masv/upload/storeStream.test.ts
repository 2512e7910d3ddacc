import { getEventListeners } from 'node:events';

import { MasvConnectionError } from '../../../masv/errors';
import { outageOf } from '../../../masv/retry';
import type { StreamSource } from '../../../masv/transfer/source';
import type { Transport } from '../../../masv/transport';
import { storeStream } from '../../../masv/upload/storeStream';
import { nockClient } from '../../support/nockMasv';
import { accessTo } from '../../support/packageAccess';
import { partsInFlight } from '../../support/partsInFlight';

/** Uploads a stream of three parts, with memory for one. */
async function store(transport: Transport, partBytes = 10) {
	let pulled = 0;
	const inFlight = partsInFlight({ parallelParts: 3, streamBytes: partBytes });
	async function* pieces(): AsyncGenerator<Uint8Array> {
		for (; pulled < 3; pulled++) yield await Promise.resolve(new Uint8Array(partBytes));
	}
	const source: StreamSource = {
		kind: 'stream',
		name: 'clip.mov',
		path: '',
		bytes: 3 * partBytes,
		modifiedAt: new Date(0),
		open: () => Promise.resolve({ pieces: pieces(), close: () => {} }),
	};
	const url = { url: 'https://storage.masv.test/part', headers: {}, body: '' };
	const { signal } = new AbortController();
	const client = nockClient({ transport, signal });
	const failure = await storeStream(accessTo(client, outageOf(60_000)), inFlight, source, {
		plan: { parts: 3, partBytes, parallelParts: 3 },
		upload: { fileId: 'F1', uploadId: 'up-1', file: 'clip.mov' },
		urls: { get: () => Promise.resolve(url), renew: () => Promise.resolve(url) },
		known: new Map(),
		compare: false,
		stored: new Map(),
		reuse: () => {},
		keep: async () => {},
	}).catch((error: unknown) => error);
	return { failure, pulled, sentBytes: inFlight.told.advanced, listeners: getEventListeners(signal, 'abort').length };
}

/** Reads the whole body, and then fails as often as requested. */
function failing(times: number, isTransient: boolean): Transport {
	let failures = 0;
	return async ({ body }) => {
		for await (const _ of body as AsyncIterable<Uint8Array>);
		if (failures++ < times)
			throw new MasvConnectionError('It failed', { code: 'connection_lost', transient: isTransient });
		return { status: 200, headers: { etag: 'e1' }, text: '' };
	};
}

describe('a stream', () => {
	it('is uploaded part by part if there is memory for one, and counts each byte once', async () => {
		expect(await store(failing(2, true))).toEqual({ failure: undefined, pulled: 3, sentBytes: 30, listeners: 0 });
	});

	it('is read no further after a part has failed', async () => {
		const { failure, pulled, sentBytes, listeners } = await store(failing(1, false));
		expect(failure).toMatchObject({ code: 'part_not_stored', partNumber: 1 });
		expect({ pulled, sentBytes, listeners }).toEqual({ pulled: 0, sentBytes: 0, listeners: 0 });
	});

	it('has its parts in order although there is memory for several of them', async () => {
		const inFlight = partsInFlight({ parallelParts: 3, streamBytes: 30 });
		async function* pieces(): AsyncGenerator<Uint8Array> {
			for (let at = 0; at < 30; at += 3) yield await Promise.resolve(new Uint8Array([at, at + 1, at + 2]));
		}
		const bodies: number[][] = [];
		const transport: Transport = async ({ url, body }) => {
			const content: number[] = [];
			for await (const piece of body as AsyncIterable<Uint8Array>) content.push(...piece);
			bodies[Number(url.slice(-1))] = content;
			return { status: 200, headers: { etag: 'e1' }, text: '' };
		};
		const urlOf = (index: number) =>
			Promise.resolve({ url: `https://storage.masv.test/${index}`, headers: {}, body: '' });
		const source: StreamSource = {
			kind: 'stream',
			name: 'clip.mov',
			path: '',
			bytes: 30,
			modifiedAt: new Date(0),
			open: () => Promise.resolve({ pieces: pieces(), close: () => {} }),
		};
		await storeStream(accessTo(nockClient({ transport }), outageOf(60_000)), inFlight, source, {
			plan: { parts: 3, partBytes: 10, parallelParts: 3 },
			upload: { fileId: 'F1', uploadId: 'up-1', file: 'clip.mov' },
			urls: { get: urlOf, renew: urlOf },
			known: new Map(),
			compare: false,
			stored: new Map(),
			reuse: () => {},
			keep: async () => {},
		});
		expect(bodies.flat()).toEqual(Array.from({ length: 30 }, (_, index) => index));
	});

	it('is handed over in pieces of the size that was found for the connection with the parts before', async () => {
		const lengths: number[][] = [];
		const recording: Transport = async ({ body }) => {
			const ofPart: number[] = [];
			for await (const { length } of body as AsyncIterable<Uint8Array>) ofPart.push(length / 1024);
			lengths.push(ofPart);
			return { status: 200, headers: { etag: 'e1' }, text: '' };
		};
		await store(recording, 1024 * 1024);
		expect(lengths).toEqual([
			[128, 256, 512, 128],
			[512, 512],
			[512, 512],
		]);
	});
});

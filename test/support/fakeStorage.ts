import { createHash } from 'node:crypto';

import type { Transport } from '../../masv/transport';

/** What became of a part on its way. */
export interface Arrival {
	content: Buffer;
	/** Default: the MD5 of the content, in quotes. */
	etag?: string;
}

export interface FakeStorage {
	transport: Transport;
	/** Numbers of the parts in the order in which they arrived, from 1. */
	sent: number[];
	/** What is stored, by number. */
	parts: Map<number, Buffer>;
	/** The file as it would be assembled. */
	whole: () => Buffer;
}

export const md5Of = (content: Uint8Array): string => createHash('md5').update(content).digest('hex');

/** The content with one bit changed. */
export const damaged = (content: Buffer): Buffer => {
	const changed = Buffer.from(content);
	changed.writeUInt8(changed.readUInt8(0) ^ 1, 0);
	return changed;
};

/**
 * Signs URLs for parts of any file and stores them, without a network.
 * @param arrive what arrives of a part; `attempt` counts from 1 for each part
 */
export function fakeStorage(
	arrive: (content: Buffer, number: number, attempt: number) => Arrival | Promise<Arrival> = (content) => ({ content }),
): FakeStorage {
	const sent: number[] = [];
	const parts = new Map<number, Buffer>();
	return {
		sent,
		parts,
		whole: () => Buffer.concat([...parts].sort(([a], [b]) => a - b).map(([, content]) => content)),
		transport: async ({ url, body }) => {
			const query = new URL(url).searchParams;
			if (query.has('start')) {
				const start = Number(query.get('start'));
				const urls = Array.from({ length: Number(query.get('count')) }, (_, index) => ({
					url: `https://storage.masv.test/part?number=${start + index + 1}`,
					headers: {},
				}));
				return { status: 200, headers: {}, text: JSON.stringify(urls) };
			}
			const number = Number(query.get('number'));
			sent.push(number);
			const attempt = sent.filter((other) => other === number).length;
			const { content, etag } = await arrive(await readBody(body), number, attempt);
			parts.set(number, content);
			return { status: 200, headers: { etag: etag ?? `"${md5Of(content)}"` }, text: '' };
		},
	};
}

async function readBody(body: Parameters<Transport>[0]['body']): Promise<Buffer> {
	if (body === undefined) return Buffer.alloc(0);
	if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body as Uint8Array);
	const pieces: Buffer[] = [];
	// Copied at once, because the buffer of a piece is used again.
	for await (const piece of body) pieces.push(Buffer.from(piece));
	return Buffer.concat(pieces);
}

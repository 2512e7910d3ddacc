import { NotPlain, ResponseReader } from '../../../masv/node/responseReader';
import type { TransportRequest, TransportResponse } from '../../../masv/transport';
import { randomOf } from '../../support/random';

const request: TransportRequest = { operation: 'get it', method: 'GET', url: '', headers: {}, maxResponseBytes: 50 };

/** Reads a response that arrives in these pieces, and takes content of status 200 or 206. */
function read(
	pieces: Buffer[],
	{ end = false, more = {} }: { end?: boolean; more?: Partial<TransportRequest> } = {},
): { response: TransportResponse | undefined; keepsAlive: boolean; content: string } {
	const taken: Buffer[] = [];
	const reader = new ResponseReader({
		...request,
		content: {
			takes: ({ status }) => status === 200 || status === 206,
			take: (piece) => {
				taken.push(Buffer.from(piece));
				return undefined;
			},
		},
		...more,
	});
	for (const piece of pieces) {
		void reader.push(piece);
		// The connection reads the next one into the same memory.
		piece.fill('?');
	}
	if (end) reader.end();
	const { response, keepsAlive } = reader;
	return { response, keepsAlive, content: Buffer.concat(taken).toString() };
}

/** Cuts the text into pieces of random sizes. */
function slices(text: string, seed: number): Buffer[] {
	const random = randomOf(seed);
	const whole = Buffer.from(text, 'latin1');
	const pieces: Buffer[] = [];
	for (let at = 0; at < whole.length;) {
		const size = random(1, 1 + random(0, 12));
		pieces.push(whole.subarray(at, at + size));
		at += size;
	}
	return pieces;
}

const early = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n';

describe('a response in pieces of any size', () => {
	it.each(Array.from({ length: 20 }, (_, seed) => seed))('is read whole: seed %i', (seed) => {
		const content = read(
			slices(`${early}HTTP/1.1 206 Partial\r\nContent-Length: 12\r\nETag: "a"\r\n\r\nhello world!`, seed),
		);
		expect(content).toMatchObject({ content: 'hello world!', keepsAlive: true });
		expect(content.response).toMatchObject({ status: 206, text: '', headers: { etag: '"a"' } });

		const chunks = '5\r\nerror\r\n6;x=y\r\n, sir.\r\n0\r\ntrailer: x\r\n\r\n';
		const text = read(slices(`HTTP/1.1 403 No\r\ntransfer-encoding: chunked\r\n\r\n${chunks}`, seed));
		expect(text).toMatchObject({ keepsAlive: true, content: '', response: { status: 403, text: 'error, sir.' } });

		const closed = read(slices('HTTP/1.0 500 Oops\r\n\r\nto the end', seed), { end: true });
		expect(closed).toMatchObject({ keepsAlive: false, response: { status: 500, text: 'to the end' } });
	});
});

it('keeps a copy of the text that arrives with the head', () => {
	const pieces = ['HTTP/1.1 403 No\r\ncontent-length: 5\r\n\r\nerr', 'or'].map((text) => Buffer.from(text));
	expect(read(pieces)).toMatchObject({ response: { status: 403, text: 'error' } });
});

describe('a connection', () => {
	it.each([
		['has more than was announced', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabcd', 'abc'],
		['is to be closed', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\nConnection: Close\r\n\r\nabc', 'abc'],
		['is of HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\nabc', 'abc'],
	])('is not used again if it %s', (_, text, content) => {
		expect(read([Buffer.from(text)])).toMatchObject({ content, keepsAlive: false, response: { status: 200 } });
	});
});

describe('a response', () => {
	it.each([
		['another protocol', 'SSH-2.0-OpenSSH\r\n'],
		['another version', 'HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n'],
		['a blank before the colon', 'HTTP/1.1 200 OK\r\ncontent-length : 1\r\n\r\na'],
		['a line break in a header', `HTTP/1.1 200 OK\r\na:${' '.repeat(16_000)}\n\r\ncontent-length: 1\r\n\r\na`],
		['a folded header', 'HTTP/1.1 200 OK\r\na: b\r\n c\r\ncontent-length: 1\r\n\r\na'],
		['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
		['a length and chunks', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\na'],
		['a length that is no number', 'HTTP/1.1 200 OK\r\ncontent-length: 1e3\r\n\r\na'],
		['a negative length', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n'],
		['an unknown coding', 'HTTP/1.1 403 No\r\ntransfer-encoding: gzip, chunked\r\n\r\n'],
		['a chunk without size', 'HTTP/1.1 403 No\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n'],
		['a chunk that is longer than it says', 'HTTP/1.1 403 No\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n'],
	])('with %s is not HTTP', (_, text) => {
		expect(() => read([Buffer.from(text)])).toThrow('Invalid response');
	});

	it.each([204, 304])('with status %i has no content, whatever its length is said to be', (status) => {
		const { response, keepsAlive } = read([Buffer.from(`HTTP/1.1 ${status} X\r\ncontent-length: 5\r\n\r\n`)]);
		expect({ response, keepsAlive }).toMatchObject({ response: { status, text: '' }, keepsAlive: true });
	});

	it('has header values without the blanks around them', () => {
		const { content, response } = read([Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: \t1 \t\r\na:b c\r\n\r\nx')]);
		expect([content, response?.headers.a]).toEqual(['x', 'b c']);
	});

	it('does not end in the middle', () => {
		expect(() => read([Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nabc')], { end: true })).toThrow();
		expect(() => read([Buffer.from('HTTP/1.1 200 OK\r\n')], { end: true })).toThrow();
		expect(() => read([], { end: true })).toThrow();
	});

	it('with an endless head is given up', () => {
		expect(() => read([Buffer.from(`HTTP/1.1 200 OK\r\na: ${'b'.repeat(17_000)}`)])).toThrow();
	});

	it.each([
		['with a length', 'HTTP/1.1 403 No\r\ncontent-length: 60\r\n\r\n'],
		['in chunks', 'HTTP/1.1 403 No\r\ntransfer-encoding: chunked\r\n\r\n3c\r\n'],
		['until the end', 'HTTP/1.1 403 No\r\n\r\n'],
	])('with too long a text %s is given up', (_, head) => {
		expect(() => read([Buffer.from(head + 'x'.repeat(55))])).toThrow('exceeds the limit of 50 bytes');
	});

	it.each([
		['in chunks', 'transfer-encoding: chunked'],
		['encoded', 'content-length: 3\r\ncontent-encoding: gzip'],
		['without a length', 'etag: "a"'],
	])('is left to undici if its content comes %s', (_, header) => {
		expect(() => read([Buffer.from(`HTTP/1.1 200 OK\r\n${header}\r\n\r\nabc`)])).toThrow(NotPlain);
	});
});

it.each([
	['trailers', '0\r\n', 'x: y\r\n'],
	['the extension of a chunk', '1;', 'x=y;'],
])('a text without an end to %s is not kept in memory', (_, beginning, more) => {
	const head = `HTTP/1.1 403 No\r\ntransfer-encoding: chunked\r\n\r\n${beginning}`;
	const pieces = [head, ...Array.from({ length: 20 }, () => more.repeat(500))].map((text) => Buffer.from(text));
	expect(() => read(pieces)).toThrow(expect.objectContaining({ code: 'response_too_long' }) as Error);
});

it.each([
	['chunks', '1\r\na\r\n'.repeat(300)],
	['trailers', `0\r\n${'a:b\r\n'.repeat(300)}`],
])('a text is decoded once, also if its %s come byte by byte', (_, body) => {
	const bytes = Buffer.from(`${body}${body.startsWith('0') ? '\r\n' : '0\r\n\r\n'}`);
	const pieces = Array.from(bytes, (byte) => Buffer.from([byte]));
	const lines = jest.spyOn(Buffer.prototype, 'toString');
	const more = { maxResponseBytes: 10_000 };
	const { response } = read([Buffer.from('HTTP/1.1 403 No\r\ntransfer-encoding: chunked\r\n\r\n'), ...pieces], {
		more,
	});
	const linesRead = lines.mock.calls.length;
	lines.mockRestore();
	expect(response?.text).toBe(body.startsWith('0') ? '' : 'a'.repeat(300));
	expect(linesRead).toBeLessThan(bytes.length * 4);
});

describe('informational responses', () => {
	const hints = (count: number) => Array.from({ length: count }, () => Buffer.from(early));

	it('may come in some number before the response', () => {
		const response = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
		expect(read([...hints(50), response]).content).toBe('ok');
	});

	it.each([
		['one by one', hints(1_000)],
		['at once', [Buffer.concat(hints(1_000))]],
	])('without an end are not read for ever (%s)', (_, pieces) => {
		expect(() => read(pieces)).toThrow(expect.objectContaining({ code: 'UND_ERR_HEADERS_OVERFLOW' }) as Error);
	});
});

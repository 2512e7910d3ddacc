/**
 * Replaces `sink.c` on machines without a C compiler: the same responses, but slower.
 * `node nodeSink.ts CERTIFICATE KEY CONTENT` prints its port and exits when its standard input is closed.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';

const xml = '<?xml version="1.0" encoding="UTF-8"?>';
const xmlns = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const counters = { requests: 0, storageRequests: 0, bodyBytes: 0, connections: 0 };
/** The ETags of the parts to come, by number and length. */
const etags = new Map<string, string>();
let lastPart = 0;
let files = 0;
/** The first file of the latest package. */
let firstFile = 0;

interface Answer {
	status?: number;
	headers?: Record<string, string>;
	body?: string;
}

const [certificate = '', key = '', contentFile = ''] = process.argv.slice(2);
const content = readFileSync(contentFile);
const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
	request.on('data', (piece: Buffer) => (counters.bodyBytes += piece.length));
	request.on('end', () => {
		const { method = 'GET', headers } = request;
		const object = /\/object-(\d+)/.exec(request.url ?? '')?.[1];
		if (object !== undefined && method !== 'PUT') return sendObject(request, response, Number(object));
		const {
			status = 200,
			headers: extra = {},
			body = '',
		} = answer(method, request.url ?? '/', headers.host ?? '', headers['content-length']);
		response.writeHead(status, { ...extra, ...(status !== 204 && { 'content-length': Buffer.byteLength(body) }) });
		response.end(body);
	});
});
server.on('secureConnection', () => counters.connections++);
// Connections must stay open between rounds.
server.keepAliveTimeout = 0;
server.requestTimeout = 0;
server.listen(0, '0.0.0.0', () => console.log((server.address() as AddressInfo).port));
process.stdin.resume().on('end', () => process.exit());

/** An object or a range of it: the content, again and again. */
function sendObject({ method, headers }: IncomingMessage, response: ServerResponse, bytes: number): void {
	counters.requests++;
	counters.storageRequests++;
	const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
	const start = Number(first ?? 0);
	const end = last === undefined || last === '' ? bytes : Math.min(Number(last) + 1, bytes);
	response.writeHead(first === undefined ? 200 : 206, {
		'content-type': 'binary/octet-stream',
		'accept-ranges': 'bytes',
		'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
		etag: etags.get(`0 ${bytes}`) ?? '"0"',
		'content-length': end - start,
		...(first !== undefined && { 'content-range': `bytes ${start}-${end - 1}/${bytes}` }),
	});
	if (method === 'HEAD') return void response.end();
	Readable.from(pieces(start, end)).pipe(response);
}

function* pieces(start: number, end: number): Generator<Buffer> {
	for (let at = start; at < end;) {
		const from = at % content.length;
		const piece = content.subarray(from, Math.min(content.length, from + end - at, from + 256 * 1024));
		counters.bodyBytes += piece.length;
		at += piece.length;
		yield piece;
	}
}

/** The package received-COUNT-BYTES, its files and their addresses. */
function answerReceived(path: string, host: string): unknown {
	const [, id = '', count, bytes, rest] = /(received-(\d+)-(\d+)(?:-\d+)?)(.*)$/.exec(path) ?? [];
	if (rest === '/files') {
		return Array.from({ length: Number(count) }, (_, index) => ({
			...{ id: `file${index}`, kind: 'file', name: `${index}.bin`, path: '', size: Number(bytes) },
			last_modified: '2026-01-01T00:00:00.000Z',
		}));
	}
	if (rest !== '') return { url: `https://${host}/bucket/object-${bytes}`, method: 'GET', headers: {}, body: '' };
	return { id, name: 'bench', state: 'finalized', access_token: 'token', chunk_size: 32 * 2 ** 20 };
}

function answer(method: string, target: string, host: string, bytes = ''): Answer {
	const { pathname: path, searchParams: query } = new URL(target, `https://${host}`);
	if (path === '/_bench/etag') {
		etags.set(`${query.get('partNumber')} ${query.get('bytes')}`, `"${query.get('md5')}"`);
		return { status: 204 };
	}
	if (path.startsWith('/_bench/')) {
		if (method !== 'POST') return { body: JSON.stringify(counters) };
		Object.assign(counters, { requests: 0, storageRequests: 0, bodyBytes: 0, connections: 0 });
		return { status: 204 };
	}
	counters.requests++;
	if (path.startsWith('/v1')) return answerControl(method, path, query, host);
	counters.storageRequests++;
	return answerStorage(method, query, bytes);
}

function answerControl(method: string, path: string, query: URLSearchParams, host: string): Answer {
	const blueprint = (kind: string, rest: string): object => {
		return { url: `https://${host}/bucket/file?${rest}`, method: kind, headers: {}, body: '' };
	};
	const json = (body: unknown, status = 200): Answer => ({ status, body: JSON.stringify(body) });
	if (path.includes('/packages/received-')) return json(answerReceived(path, host));
	if (path.endsWith('/finalize')) return { status: 204 };
	if (path.endsWith('/spec')) {
		return json({ min_chunk_size: 5 * 2 ** 20, max_chunk_size: 5 * 2 ** 30, max_chunk_count: 10_000 });
	}
	if (path.endsWith('/links')) return json({ id: 'link', download_secret: 'secret' });
	if (path.endsWith('/files')) {
		if (method !== 'POST') return json(listedFiles());
		return json({ file: { id: `file${files++}` }, create_blueprint: blueprint('POST', 'uploads') });
	}
	if (path.includes('/files/')) {
		const start = Number(query.get('start'));
		const parts = Array.from({ length: Number(query.get('count')) }, (_, index) => start + index + 1);
		return json(parts.map((part) => blueprint('PUT', `partNumber=${part}&uploadId=upload`)));
	}
	const isNew = method === 'POST';
	if (isNew) firstFile = files;
	const state = isNew ? 'new' : 'finalized';
	return json({ id: 'package', name: 'bench', state, access_token: 'token' }, isNew ? 201 : 200);
}

/** The files since the package was created. Names and sizes, which the uploader knows, are left out. */
function listedFiles(): object[] {
	return Array.from({ length: files - firstFile }, (_, index) => {
		return { id: `file${firstFile + index}`, kind: 'file', completed: true };
	});
}

function answerStorage(method: string, query: URLSearchParams, bytes: string): Answer {
	const etag = (part: number): string => `"${String(part).padStart(32, '0')}"`;
	const document = (root: string, content: string): Answer => ({
		headers: { 'content-type': 'application/xml' },
		body: `${xml}<${root} ${xmlns}>${content}</${root}>`,
	});
	if (method === 'PUT') {
		const part = Number(query.get('partNumber'));
		lastPart = Math.max(lastPart, part);
		return { headers: { etag: etags.get(`${part} ${bytes}`) ?? etag(part) } };
	}
	if (method === 'POST' && query.has('uploads')) {
		lastPart = 0;
		return document(
			'InitiateMultipartUploadResult',
			'<Bucket>bucket</Bucket><Key>file</Key><UploadId>upload</UploadId>',
		);
	}
	if (method === 'POST') return document('CompleteMultipartUploadResult', `<Key>file</Key><ETag>${etag(0)}</ETag>`);
	if (!query.has('uploadId')) return document('LocationConstraint', 'us-east-1');
	const listed = Math.min(lastPart, Number(query.get('max-parts') ?? 1000));
	const parts = Array.from({ length: listed }, (_, index) => {
		return `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag(index + 1)}</ETag></Part>`;
	});
	return document('ListPartsResult', `${parts.join('')}<IsTruncated>${listed < lastPart}</IsTruncated>`);
}

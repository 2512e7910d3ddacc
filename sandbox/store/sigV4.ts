/**
 * AWS Signature Version 4 in the query string ("pre-signed URLs"), as described in the Amazon S3 API reference,
 * "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)".
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { StoreFailure } from './storeFailure.ts';

export interface Signer {
	accessKeyId: string;
	secretAccessKey: string;
	region: string;
}

export interface PresignRequest {
	method: string;
	/** Scheme, host and path; the path already percent-encoded. */
	url: string;
	query?: Record<string, string>;
	/** Signed, so that they must be sent with these values. */
	headers?: Record<string, string>;
	nowMs: number;
	lifetimeSeconds: number;
}

/** A request as received. */
export interface SignedRequest {
	method: string;
	/** Path and query as sent. */
	target: string;
	/** Names in lower case. */
	headers: Record<string, string | string[] | undefined>;
}

const algorithm = 'AWS4-HMAC-SHA256';
/** S3 accepts at most seven days. */
const maxLifetimeSeconds = 604_800;
/** How far the signer's clock may be ahead. */
const maxSkewMs = 15 * 60 * 1000;

/** A pre-signed URL; the host header is always signed. */
export function presign(signer: Signer, request: PresignRequest): string {
	const url = new URL(request.url);
	const date = amzDate(request.nowMs);
	const headers = { host: url.host, ...request.headers };
	const signed = Object.entries(headers).map(([name, value]): [string, string] => [name.toLowerCase(), value]);
	const query: [string, string][] = [
		...Object.entries(request.query ?? {}),
		['X-Amz-Algorithm', algorithm],
		['X-Amz-Credential', `${signer.accessKeyId}/${scopeOf(date, signer.region)}`],
		['X-Amz-Date', date],
		['X-Amz-Expires', String(request.lifetimeSeconds)],
		['X-Amz-SignedHeaders', namesOf(signed)],
	];
	const canonical = canonicalRequest(request.method, url.pathname, query, signed);
	const signature = signatureOf(signer.secretAccessKey, signer.region, date, canonical);
	return `${url.origin}${url.pathname}?${canonicalQuery(query)}&X-Amz-Signature=${signature}`;
}

/**
 * Checks a pre-signed request.
 * @throws StoreFailure with S3's code: AccessDenied (no signature, expired, unsigned x-amz header),
 * AuthorizationQueryParametersError, InvalidAccessKeyId, SignatureDoesNotMatch
 */
export function verifyPresigned(signer: Signer, request: SignedRequest, nowMs: number): void {
	const [path = '', queryText = ''] = splitOnce(request.target, '?');
	const query = parseQuery(queryText);
	const claim = readClaim(query);
	if (claim.accessKeyId !== signer.accessKeyId) {
		throw new StoreFailure(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist');
	}
	if (claim.scope !== scopeOf(claim.date, signer.region)) {
		throw parametersError('Error parsing the X-Amz-Credential parameter; the scope is wrong');
	}
	if (claim.signedAtMs > nowMs + maxSkewMs) throw accessDenied('Request is not valid yet');
	if (nowMs > claim.signedAtMs + claim.lifetimeSeconds * 1000) throw accessDenied('Request has expired');
	const canonical = canonicalRequest(
		request.method,
		path,
		query.filter(([name]) => name !== 'X-Amz-Signature'),
		signedHeaders(claim.signedHeaders, request.headers),
	);
	const expected = Buffer.from(signatureOf(signer.secretAccessKey, signer.region, claim.date, canonical));
	const given = Buffer.from(claim.signature);
	if (expected.length !== given.length || !timingSafeEqual(expected, given)) {
		throw new StoreFailure(
			403,
			'SignatureDoesNotMatch',
			'The request signature we calculated does not match the signature you provided',
		);
	}
}

interface Claim {
	accessKeyId: string;
	scope: string;
	date: string;
	signedAtMs: number;
	lifetimeSeconds: number;
	signedHeaders: string[];
	signature: string;
}

function readClaim(query: [string, string][]): Claim {
	const values = new Map<string, string>();
	for (const [name, value] of query) {
		if (!name.startsWith('X-Amz-')) continue;
		if (values.has(name)) throw parametersError(`${name} is given twice`);
		values.set(name, value);
	}
	if (!values.has('X-Amz-Signature') && !values.has('X-Amz-Algorithm')) throw accessDenied('Access Denied');
	const get = (name: string): string => {
		const value = values.get(name);
		if (value === undefined || value === '') throw parametersError(`${name} is missing`);
		return value;
	};
	if (get('X-Amz-Algorithm') !== algorithm) throw parametersError(`X-Amz-Algorithm only supports "${algorithm}"`);
	const [accessKeyId = '', scope = ''] = splitOnce(get('X-Amz-Credential'), '/');
	const date = get('X-Amz-Date');
	const signedAtMs = parseAmzDate(date);
	const lifetimeSeconds = Number(get('X-Amz-Expires'));
	if (!Number.isInteger(lifetimeSeconds) || lifetimeSeconds < 1 || lifetimeSeconds > maxLifetimeSeconds) {
		throw parametersError('X-Amz-Expires must be a number between 1 and 604800');
	}
	const names = get('X-Amz-SignedHeaders').split(';');
	return {
		accessKeyId,
		scope,
		date,
		signedAtMs,
		lifetimeSeconds,
		signedHeaders: names,
		signature: get('X-Amz-Signature'),
	};
}

/** Values of the signed headers. Host must be signed, and so must every x-amz header that is present. */
function signedHeaders(names: string[], headers: SignedRequest['headers']): [string, string][] {
	if (!names.includes('host')) throw accessDenied('The host header must be signed');
	const unsigned = Object.keys(headers).filter((name) => name.startsWith('x-amz-') && !names.includes(name));
	if (unsigned.length > 0) {
		throw accessDenied(`There were headers present in the request which were not signed: ${unsigned.join(', ')}`);
	}
	return names.map((name) => {
		const value = headers[name];
		return [name, Array.isArray(value) ? value.join(',') : (value ?? '')];
	});
}

function canonicalRequest(
	method: string,
	path: string,
	query: [string, string][],
	headers: [string, string][],
): string {
	const sorted = headers.toSorted(([a], [b]) => compare(a, b));
	const headerLines = sorted.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, ' ')}\n`).join('');
	const names = namesOf(headers);
	return [method, canonicalPath(path), canonicalQuery(query), headerLines, names, 'UNSIGNED-PAYLOAD'].join('\n');
}

/** The names of signed headers, as the signature and the query have them. */
function namesOf(headers: [string, string][]): string {
	return headers
		.map(([name]) => name)
		.sort(compare)
		.join(';');
}

/** S3 encodes each path segment once; other AWS services encode it twice. */
function canonicalPath(path: string): string {
	return path
		.split('/')
		.map((segment) => encode(decode(segment)))
		.join('/');
}

function canonicalQuery(query: [string, string][]): string {
	return query
		.map(([name, value]): [string, string] => [encode(name), encode(value)])
		.sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
		.map(([name, value]) => `${name}=${value}`)
		.join('&');
}

function signatureOf(secret: string, region: string, date: string, canonical: string): string {
	const scope = scopeOf(date, region);
	const digest = createHash('sha256').update(canonical).digest('hex');
	const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
	const key = ['s3', 'aws4_request'].reduce(hmac, hmac(hmac(`AWS4${secret}`, date.slice(0, 8)), region));
	return hmac(key, `${algorithm}\n${date}\n${scope}\n${digest}`).toString('hex');
}

function scopeOf(date: string, region: string): string {
	return `${date.slice(0, 8)}/${region}/s3/aws4_request`;
}

/** 20130524T000000Z */
function amzDate(ms: number): string {
	return new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

function parseAmzDate(text: string): number {
	const iso = text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
	const ms = iso === text ? Number.NaN : Date.parse(iso);
	if (Number.isNaN(ms)) throw parametersError('X-Amz-Date must be in the ISO8601 Long Format "yyyyMMddTHHmmssZ"');
	return ms;
}

/** Names and values of a query, decoded; `+` is a plus sign in S3, not a space. */
export function parseQuery(text: string): [string, string][] {
	return text
		.split('&')
		.filter((pair) => pair !== '')
		.map((pair) => {
			const [name = '', value = ''] = splitOnce(pair, '=');
			return [decode(name), decode(value)];
		});
}

function splitOnce(text: string, separator: string): string[] {
	const index = text.indexOf(separator);
	return index === -1 ? [text] : [text.slice(0, index), text.slice(index + separator.length)];
}

function encode(text: string): string {
	return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function decode(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		throw new StoreFailure(400, 'InvalidURI', "Couldn't parse the specified URI.");
	}
}

function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

function accessDenied(message: string): StoreFailure {
	return new StoreFailure(403, 'AccessDenied', message);
}

function parametersError(message: string): StoreFailure {
	return new StoreFailure(400, 'AuthorizationQueryParametersError', message);
}

import { presign, verifyPresigned } from '../../../sandbox/store/sigV4.ts';

/**
 * The example of the Amazon S3 API reference, "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)":
 * keys, request and signature are given there.
 */
const example = {
	signer: {
		accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
		secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
		region: 'us-east-1',
	},
	nowMs: Date.UTC(2013, 4, 24),
	url:
		'https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
		'&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z' +
		'&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
		'&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
};
const target = example.url.slice('https://examplebucket.s3.amazonaws.com'.length);
const headers = { host: 'examplebucket.s3.amazonaws.com' };

function verify(changes: { method?: string; target?: string; headers?: Record<string, string>; nowMs?: number }): void {
	const request = { method: 'GET', target, headers, ...changes };
	verifyPresigned(example.signer, request, changes.nowMs ?? example.nowMs);
}

test("signs AWS's published example as published", () => {
	const url = presign(example.signer, {
		method: 'GET',
		url: 'https://examplebucket.s3.amazonaws.com/test.txt',
		nowMs: example.nowMs,
		lifetimeSeconds: 86_400,
	});
	expect(url).toBe(example.url);
});

test("accepts AWS's published example until its last second", () => {
	expect(() => verify({})).not.toThrow();
	expect(() => verify({ nowMs: example.nowMs + 86_400_000 })).not.toThrow();
});

test.each<[string, Parameters<typeof verify>[0], { code: string; message?: string }]>([
	['another method', { method: 'PUT' }, { code: 'SignatureDoesNotMatch' }],
	['another host', { headers: { host: 'evil.example' } }, { code: 'SignatureDoesNotMatch' }],
	['another path', { target: target.replace('test.txt', 'test2.txt') }, { code: 'SignatureDoesNotMatch' }],
	['another parameter', { target: `${target}&partNumber=1` }, { code: 'SignatureDoesNotMatch' }],
	['a longer lifetime', { target: target.replace('=86400', '=86401') }, { code: 'SignatureDoesNotMatch' }],
	['a forged signature', { target: target.replace('d404', 'd405') }, { code: 'SignatureDoesNotMatch' }],
	['a truncated signature', { target: target.slice(0, -1) }, { code: 'SignatureDoesNotMatch' }],
	['another key', { target: target.replace('AKIA', 'BKIA') }, { code: 'InvalidAccessKeyId' }],
	['another region', { target: target.replace('us-east', 'eu-west') }, { code: 'AuthorizationQueryParametersError' }],
	[
		'a lifetime above seven days',
		{ target: target.replace('86400', '604801') },
		{ code: 'AuthorizationQueryParametersError' },
	],
	['an invalid date', { target: target.replace('T000000Z', '') }, { code: 'AuthorizationQueryParametersError' }],
	['no signature at all', { target: '/test.txt' }, { code: 'AccessDenied' }],
	[
		'a second too late',
		{ nowMs: example.nowMs + 86_401_000 },
		{ code: 'AccessDenied', message: 'Request has expired' },
	],
	['a clock 16 minutes behind', { nowMs: example.nowMs - 960_000 }, { code: 'AccessDenied' }],
	['an unsigned x-amz header', { headers: { ...headers, 'x-amz-acl': 'private' } }, { code: 'AccessDenied' }],
])('rejects %s', (_name, changes, failure) => {
	expect(() => verify(changes)).toThrow(expect.objectContaining(failure) as Error);
});

test('paths and queries that need encoding survive a round trip', () => {
	const url = presign(example.signer, {
		method: 'PUT',
		url: 'http://127.0.0.1:9000/bucket/a%20b/%C3%A4%2B',
		query: { uploadId: 'a+b/c=d e*', partNumber: '1' },
		nowMs: example.nowMs,
		lifetimeSeconds: 60,
	});
	const request = {
		method: 'PUT',
		target: url.slice('http://127.0.0.1:9000'.length),
		headers: { host: '127.0.0.1:9000' },
	};
	expect(() => verifyPresigned(example.signer, request, example.nowMs)).not.toThrow();
	expect(new URL(url).searchParams.get('uploadId')).toBe('a+b/c=d e*');
});

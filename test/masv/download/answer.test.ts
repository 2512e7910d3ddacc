import type { AskedRange, Version } from '../../../masv/download/answer';
import { judgeAnswer } from '../../../masv/download/answer';
import type { ResponseHeaders } from '../../../masv/transport';

const names = { file: 'a.mov', operation: 'download it' };
const known: Partial<Version> = { bytes: 100, etag: '"a"' };
/** After the page of a proxy, which nothing distinguished from the content. */
const timeless: Partial<Version> = { etag: undefined, lastModified: undefined };

function judge(
	status: number,
	headers: ResponseHeaders,
	asked: AskedRange = { start: 10, end: 20 },
	of: Partial<Version> = known,
): ReturnType<typeof judgeAnswer> {
	return judgeAnswer({ status, headers }, asked, of, names);
}

const range = (text: string, more: ResponseHeaders = {}): ResponseHeaders => ({
	'content-range': text,
	etag: '"a"',
	...more,
});

describe('an answer', () => {
	it('is used if it has exactly the range that was asked for, of the same version', () => {
		expect(judge(206, range('bytes 10-19/100', { 'content-length': '10' }))).toEqual({
			start: 10,
			end: 20,
			isWhole: false,
			version: { bytes: 100, etag: '"a"', lastModified: undefined },
		});
	});

	it('may end with the file, whose size was not known', () => {
		const answer = judge(206, range('bytes 10-14/15'), { start: 10, end: 1_000 }, {});
		expect(answer).toMatchObject({ end: 15, version: { bytes: 15 } });
	});

	it('may say that its content is not encoded', () => {
		expect(judge(206, range('bytes 10-19/100', { 'content-encoding': 'Identity' }))).toMatchObject({
			start: 10,
			end: 20,
		});
	});

	it('may be the whole file', () => {
		const whole = judge(200, { etag: '"a"', 'content-length': '100' });
		expect(whole).toMatchObject({ start: 0, end: 100, isWhole: true });
		expect(judge(200, { etag: '"a"' })).toMatchObject({ isWhole: true, end: undefined, version: { bytes: 100 } });
		expect(judge(200, { etag: '"a"' }, { start: 0, end: undefined }, {})).toMatchObject({
			version: { bytes: undefined },
		});
		expect(judge(200, { 'last-modified': 'Mon' }, undefined, {})).toMatchObject({ isWhole: true });
		expect(judge(200, { 'content-length': '100' }, undefined, { bytes: 100 })).toMatchObject({ isWhole: true });
	});

	it.each<[string, number, ResponseHeaders]>([
		['another beginning', 206, range('bytes 11-20/100')],
		['too few bytes', 206, range('bytes 10-18/100')],
		['too many bytes', 206, range('bytes 10-20/100')],
		['a length that does not fit', 206, range('bytes 10-19/100', { 'content-length': '11' })],
		['no range', 206, { etag: '"a"', 'content-length': '10' }],
		['another unit', 206, range('lines 10-19/100')],
		['several ranges', 206, { etag: '"a"', 'content-type': 'multipart/byteranges; boundary=x' }],
		['encoded content', 206, range('bytes 10-19/100', { 'content-encoding': 'gzip' })],
		['nothing to say', 204, { etag: '"a"' }],
		['a transformed body', 203, { etag: '"a"', 'content-length': '100' }],
	])('with %s is asked for again', (_, status, headers) => {
		expect(() => judge(status, headers)).toThrow(
			expect.objectContaining({ code: 'response_malformed', transient: true }) as Error,
		);
	});

	it('without an ETag that the file has is asked for again: it is the page of a proxy', () => {
		expect(() => judge(200, { 'content-type': 'text/html' })).toThrow(
			expect.objectContaining({ code: 'response_malformed', transient: true }) as Error,
		);
	});

	it.each([
		['of a file whose size is not known', { 'content-length': '7' }, {}],
		['of any length', {}, { bytes: 100 }],
		['of a file that is known by its time only', { 'content-length': '100' }, { bytes: 100, lastModified: 'Mon' }],
	])('without anything that a page does not have, too, is asked for again: %s', (_, headers, of) => {
		expect(() => judge(200, headers, undefined, of)).toThrow(
			expect.objectContaining({ code: 'response_malformed', transient: true }) as Error,
		);
	});

	it('with an ETag, after one without, is of another file', () => {
		expect(() => judge(200, { etag: '"a"' }, undefined, { bytes: 100, etag: undefined })).toThrow(
			expect.objectContaining({ code: 'content_changed' }) as Error,
		);
	});

	it('with the length of a page, of a file that nothing was received of, is asked for again', () => {
		expect(() => judge(200, { 'content-length': '7' }, undefined, { bytes: 100 })).toThrow(
			expect.objectContaining({ code: 'response_malformed' }) as Error,
		);
	});

	it.each<[string, number, ResponseHeaders, Partial<Version>]>([
		['another ETag', 206, range('bytes 10-19/100', { etag: '"b"' }), known],
		['no ETag any more', 206, { 'content-range': 'bytes 10-19/100' }, known],
		['another size', 206, range('bytes 10-19/101'), known],
		['another time, without ETags', 206, { 'content-range': 'bytes 10-19/100' }, { lastModified: 'Mon' }],
		['a time, after one without', 206, range('bytes 10-19/100', { etag: undefined, 'last-modified': 'Mon' }), timeless],
		['another length', 200, { etag: '"a"', 'content-length': '99' }, known],
	])('with %s is of another version', (_, status, headers, of) => {
		expect(() => judge(status, headers, undefined, of)).toThrow(
			expect.objectContaining({ code: 'content_changed', isWhole: false }) as Error,
		);
	});
});

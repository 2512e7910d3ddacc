import { isMismatch, isVerified, md5OfEtag, toPartNote } from '../../../masv/upload/partNote';

const md5 = '9a0364b9e99bb480dd25e1f0284c8555';
const other = '25f9e794323b453885f5181f1b624d0b';

describe('toPartNote', () => {
	it.each([[{ etag: `"${md5}"`, md5 }], [{ etag: 'odd', crc32: 'cbf43926' }], [{ etag: `"${md5}"` }]])(
		'reads %j as it was written',
		(note) => {
			expect(toPartNote(JSON.parse(JSON.stringify(note)))).toEqual(note);
		},
	);

	it('leaves out what is not a checksum, and what does not belong to it', () => {
		const note = { part: 3, etag: 'e', md5: md5.toUpperCase(), crc32: 0xcbf43926, more: 1 };
		expect(toPartNote(note)).toEqual({ etag: 'e' });
		expect(toPartNote({ etag: 'e', md5: `${md5}0`, crc32: 'cbf4392' })).toEqual({ etag: 'e' });
	});

	it.each([[undefined], [null], [7], ['etag'], [{}], [{ etag: '' }], [{ etag: 3 }], [[]]])('refuses %j', (value) => {
		expect(toPartNote(value)).toBeUndefined();
	});
});

describe('an ETag', () => {
	it.each([
		[`"${md5}"`, md5],
		[`"${md5.toUpperCase()}"`, md5],
		[md5, undefined],
		[`"${md5}-2"`, undefined],
		[`W/"${md5}"`, undefined],
		[`"${md5.slice(1)}"`, undefined],
		[`"${md5.slice(1)}g"`, undefined],
	])('%s may be the MD5 %s', (etag, expected) => expect(md5OfEtag(etag)).toBe(expected));

	it.each([
		[{ etag: `"${md5}"`, md5 }, true, false],
		[{ etag: `"${md5.toUpperCase()}"`, md5 }, true, false],
		[{ etag: `"${md5}"`, md5: other }, false, true],
		[{ etag: `"${md5}"` }, false, false],
		[{ etag: 'odd', md5 }, false, false],
		[{ etag: `"${md5}"`, crc32: 'cbf43926' }, false, false],
	])('of %j: verified %s, mismatch %s', (note, verified, mismatch) => {
		expect([isVerified(note), isMismatch(note)]).toEqual([verified, mismatch]);
	});
});

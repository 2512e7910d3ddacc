import { linkUrl, parseLink, serverOf } from '../../masv/linkAddress';
import { failureOf } from '../support/failureOf';

const parse = (text: string) => parseLink(text, 'link');

it.each([
	['as MASV writes it', 'https://get.massive.io/01J0?secret=AbC'],
	['of the older host', 'https://get.massive.app/01J0?secret=AbC', 'get.massive.app'],
	['with further parameters', 'https://get.massive.io/01J0?utm=1&secret=AbC&x=%20#top'],
	['with blanks and line breaks around', ' \n https://get.massive.io/01J0?secret=AbC \r\n'],
	['in the brackets of an email', '<https://get.massive.io/01J0?secret=AbC>'],
	['at the end of a sentence', 'https://get.massive.io/01J0?secret=AbC.'],
	['copied from HTML', 'https://get.massive.io/01J0?a=1&amp;secret=AbC'],
	['without its scheme', 'get.massive.io/01J0?secret=AbC'],
	['in upper case, with more of a path', 'HTTPS://GET.MASSIVE.IO/01J0/files?secret=AbC'],
	['of another server, with a port', 'http://localhost:8080/01J0?secret=AbC', 'localhost:8080'],
])('reads a link %s', (_, text, host = 'get.massive.io') => {
	expect(parse(text)).toEqual({ linkId: '01J0', secret: 'AbC', host });
});

it('reads what it writes, whatever characters are in it', () => {
	expect(parse(linkUrl('a/../b c', 'x&y=ß?'))).toEqual({
		linkId: 'a/../b c',
		secret: 'x&y=ß?',
		host: 'get.massive.io',
	});
});

it('reads an ID with a percent sign that encodes nothing as it is', () => {
	expect(parse('https://get.massive.io/01%J0?secret=AbC')).toMatchObject({ linkId: '01%J0' });
});

it.each([
	'',
	'https://get.massive.io/01J0',
	'https://get.massive.io/01J0?secret=',
	'https://get.massive.io/?secret=HIDDEN',
	'file:///01J0?secret=HIDDEN',
	'javascript://get.massive.io/01J0?secret=HIDDEN',
	'01J0 HIDDEN',
])('refuses what is no whole link, without showing it: %j', (text) => {
	const read = () => parse(text);
	expect(read).toThrow('This is not the whole URL of a download link');
	expect(read).toThrow(expect.not.objectContaining({ message: expect.stringContaining('HIDDEN') as unknown }) as Error);
});

describe('the server that is asked', () => {
	it.each(['https://get.massive.io/L?secret=s', 'https://get.massive.app/L?secret=s'])('is MASV for %s', (link) => {
		expect(serverOf(parse(link), ' ', 'server')).toBe('https://api.massive.app');
	});

	it('is the one that was entered, for any link', () => {
		for (const link of ['https://get.massive.io/L?secret=s', 'https://evil.example/L?secret=s']) {
			expect(serverOf(parse(link), 'http://localhost:3000/v1', 'server')).toBe('http://localhost:3000');
		}
	});

	it.each(['localhost:3000', 'https://user:password@masv.example'])('is refused by its field: %s', async (server) => {
		const address = parse('https://x.example/L?secret=s');
		const error = await failureOf(Promise.resolve().then(() => serverOf(address, server, 'Server')));
		expect(error).toMatchObject({ field: 'Server' });
	});

	it.each([
		'https://evil.example/L?secret=s',
		'https://get.massive.io.evil.example/L?secret=s',
		'https://get.massive.io@evil.example/L?secret=s',
		'https://get.massive.io:8443/L?secret=s',
	])('is never the host of a link by itself: %s', (link) => {
		for (const none of ['', ' ']) {
			expect(() => serverOf(parse(link), none, 'server')).toThrow(/^The link leads to .*, not to MASV$/);
		}
	});
});

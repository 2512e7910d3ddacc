import { Secrets } from '../../masv/secrets';
import { randomOf } from '../support/random';

function knowing(...secrets: string[]): Secrets {
	const known = new Secrets();
	for (const secret of secrets) known.add(secret);
	return known;
}

const percentOf = (text: string): string =>
	[...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
const strictOf = (text: string): string =>
	encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16)}`);
const jsonOf = (text: string): string => JSON.stringify(text).slice(1, -1);
const base64Of = (text: string): string => Buffer.from(text).toString('base64').replace(/=+$/, '');
const lowerHex = (text: string): string => text.replace(/%..|\\u..../g, (escape) => escape.toLowerCase());
const unicodeOf = (text: string, toCase: (hex: string) => string): string =>
	text.replace(/[^\w]/g, (each) => `\\u${toCase(each.charCodeAt(0).toString(16).padStart(4, '0'))}`);
const namesOf: Record<string, string> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', '{': 'lcub', '=': 'equals' };
const entitiesOf = (text: string, write: (character: string) => string): string => text.replace(/[^\w ]/g, write);

const hexOf = (value: string | number, digits: number): string =>
	(typeof value === 'number' ? value : (value.codePointAt(0) as number)).toString(16).padStart(digits, '0');
const bytesOf = (text: string, write: (byte: number) => string): string => [...Buffer.from(text)].map(write).join('');
const quotedOf = (text: string): string =>
	bytesOf(text, (byte) => (byte === 61 || byte > 126 ? `=${hexOf(byte, 2).toUpperCase()}` : String.fromCharCode(byte)));
const mixed = [percentOf, (each: string) => `\\u${hexOf(each, 4)}`, (each: string) => `&#${each.charCodeAt(0)};`];

const key = `k{e<y="1&/'(ö) !`;

it('takes no memory for what goes on behind the longest header, whatever a server sends as a token', () => {
	const secrets = knowing(`${key}${'0123456789abcdef'.repeat(32 * 1024)}`);
	const added = jest.spyOn(Set.prototype, 'add');
	const shown = secrets.redact(`No such key: ${key}`);
	const pieces = added.mock.calls.length;
	added.mockRestore();
	expect(shown).toBe('No such key: [hidden]');
	expect(pieces).toBeLessThan(100_000);
});

describe('a secret is hidden that a server repeats', () => {
	it.each<[string, string]>([
		['as it is', key],
		['percent-encoded', encodeURIComponent(key)],
		['percent-encoded in lower case', lowerHex(encodeURIComponent(key))],
		['percent-encoded as RFC 3986 has it', strictOf(key)],
		['percent-encoded throughout', percentOf(key)],
		['percent-encoded twice', encodeURIComponent(strictOf(key))],
		['form-encoded', String(new URLSearchParams({ key })).slice('key='.length)],
		['escaped in JSON', jsonOf(key)],
		['escaped in JSON, with slashes', jsonOf(key).replaceAll('/', '\\/')],
		['escaped in JSON as \\u003c', unicodeOf(key, (hex) => hex)],
		['escaped in JSON as \\u003C', unicodeOf(key, (hex) => hex.toUpperCase())],
		['escaped in JSON within JSON', jsonOf(jsonOf(key))],
		['escaped in HTML by names', entitiesOf(key, (each) => (namesOf[each] ? `&${namesOf[each]};` : each))],
		['escaped in HTML by numbers', entitiesOf(key, (each) => `&#${each.charCodeAt(0)};`)],
		['escaped in HTML by hexadecimal numbers', entitiesOf(key, (each) => `&#x${each.charCodeAt(0).toString(16)};`)],
		['escaped in HTML, with an umlaut by name', key.replace('ö', '&ouml;')],
		['as JSON in HTML', jsonOf(key).replace(/["&<]/g, (each) => `&${namesOf[each]};`)],
		['in upper case', key.replace(/[a-z]/g, (each) => each.toUpperCase())],
		['percent-encoded three times', encodeURIComponent(encodeURIComponent(strictOf(key)))],
		['percent-encoded five times', [1, 2, 3, 4].reduce(encodeURIComponent, strictOf(key))],
		[
			'escaped in HTML three times',
			[1, 2, 3].reduce((text) => text.replaceAll('&', '&#38;'), key.replace('<', '&lt;')),
		],
		[
			'percent-encoded in JSON in HTML',
			jsonOf(jsonOf(percentOf(key))).replace(/[%\\]/g, (each) => `&#${each.charCodeAt(0)};`),
		],
		[
			'in a different way for each character',
			[...key].map((each, index) => mixed[index % mixed.length]?.(each)).join(''),
		],
		['with every byte as \\x3c', bytesOf(key, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`)],
		[
			'with punctuation as \\x3C',
			key.replace(/[^\wö]/g, (each) => `\\x${each.charCodeAt(0).toString(16).toUpperCase()}`),
		],
		['with every byte in octal', bytesOf(key, (byte) => `\\${byte.toString(8).padStart(3, '0')}`)],
		['as \\u{3c}', [...key].map((each) => `\\u{${each.codePointAt(0)?.toString(16)}}`).join('')],
		['as \\U0000003c', [...key].map((each) => `\\U${hexOf(each, 8)}`).join('')],
		['as %u003c', [...key].map((each) => `%u${hexOf(each, 4)}`).join('')],
		['in quoted-printable', quotedOf(key)],
		['in quoted-printable, folded', quotedOf(key).replaceAll(/(=..)/g, '$1=\r\n')],
		['on several lines', key.replace(/(.{5})/g, '$1\n')],
		['on several lines, indented, in JSON', jsonOf(key.replace(/(.{5})/g, '$1\r\n\t'))],
		['in hexadecimal digits', Buffer.from(key).toString('hex')],
		['in upper-case hexadecimal digits', Buffer.from(key).toString('hex').toUpperCase()],
		['in hexadecimal bytes', bytesOf(key, (byte) => ` ${hexOf(byte, 2)}`).trim()],
		['in hexadecimal bytes with colons', bytesOf(key, (byte) => `:${hexOf(byte, 2)}`).slice(1)],
		['in decimal bytes as in JavaScript', Buffer.from(key).join(',')],
		['in decimal bytes as in Go', Buffer.from(key).join(' ')],
		['cut off at the end', key.slice(0, 12)],
		['cut off at both ends, in hexadecimal digits', Buffer.from(key).toString('hex').slice(4, -4)],
		['cut off at the beginning', key.slice(-12)],
		['cut off and percent-encoded', encodeURIComponent(key.slice(2, 14))],
	])('%s', (_, text) => {
		expect(knowing(key).redact(`sent:${text}, twice:${text}.`)).toBe('sent:[hidden], twice:[hidden].');
	});

	it.each([0, 1, 2])('in base64 after %i other bytes', (others) => {
		const text = base64Of('x'.repeat(others) + key);
		const shown = knowing(key).redact(`Basic ${text}; ${text.replaceAll('+', '-').replaceAll('/', '_')}`);
		// The first character may belong to the bytes before it as well.
		expect(shown).toMatch(/^Basic .{0,2}\[hidden\]; .{0,2}\[hidden\]$/);
	});

	it('in base64 with the two characters that URLs have in another form', () => {
		const known = knowing('~~~???>>>~~~???>>>');
		const text = base64Of('~~~???>>>~~~???>>>');
		expect(known.redact(`${text}; ${text.replaceAll('+', '-').replaceAll('/', '_')}`)).toBe('[hidden]; [hidden]');
	});

	it('in hexadecimal digits after the half of another byte', () => {
		expect(knowing(key).redact(`f${Buffer.from(key).toString('hex')}`)).toBe('f[hidden]');
	});

	it('with a character that JSON escapes in two halves', () => {
		const escaped = [...`😀${key}😀`].map((each) => unicodeOf(each, (hex) => hex)).join('');
		expect(knowing(`😀${key}😀`).redact(`sent:${escaped}.`)).toBe('sent:[hidden].');
	});

	it('in base64 in a path, in JSON and in a URL', () => {
		const text = Buffer.from(key).toString('base64');
		expect(knowing(key).redact(`/a/${text}`)).toMatch(/^\/a\/\[hidden\]=*$/);
		expect(knowing(key).redact(text.replaceAll('/', '\\/').replaceAll('+', '\\u002b'))).toMatch(/^\[hidden\]=*$/);
		expect(knowing(key).redact(encodeURIComponent(text))).toMatch(/^\[hidden\](%3D)*$/);
	});

	it.each<[string, (text: string) => string]>([
		['twice', (text) => base64Of(base64Of(text))],
		['after it was percent-encoded', (text) => base64Of(strictOf(text))],
		['in JSON', (text) => base64Of(JSON.stringify({ key: text }))],
		['in hexadecimal digits', (text) => base64Of(Buffer.from(text).toString('hex'))],
		['written in hexadecimal digits', (text) => Buffer.from(base64Of(text)).toString('hex')],
		['on several lines', (text) => base64Of(text).replace(/(.{9})/g, '$1\r\n')],
		['on several lines, in JSON', (text) => jsonOf(base64Of(text).replace(/(.{9})/g, '$1\r\n'))],
	])('in base64 %s', (_, spell) => {
		// Characters around it may belong to the bytes before and after it as well.
		expect(knowing(key).redact(`sent: ${spell(`user:${key}`)}`)).toMatch(/^sent: [^[]{0,24}\[hidden\][^[]{0,8}$/);
	});

	it('although it contains another one', () => {
		expect(knowing('abcd', 'abcd-efgh').redact('abcd-efgh abcd')).toBe('[hidden] [hidden]');
	});

	it('although it looks like an escape itself', () => {
		const odd = '%41&lt;\\u0041b\\n';
		expect(knowing(odd).redact(`${odd} ${jsonOf(odd)} ${encodeURIComponent(odd)}`)).toBe('[hidden] [hidden] [hidden]');
	});

	it('although it is short, but only whole', () => {
		expect(knowing('p&ss').redact('p&ss p%26ss p&amp;ss p&s')).toBe('[hidden] [hidden] [hidden] p&s');
	});

	it('whatever stands around it, and nothing else is', () => {
		const next = randomOf(7);
		const pick = <T>(values: readonly T[]): T => values[next(0, values.length - 1)] as T;
		const letters = [...'abcXYZ019<>&"\'/\\%+= {}ä€😀'];
		const word = (length: number): string => Array.from({ length }, () => pick(letters)).join('');
		const spellings = [
			String,
			encodeURIComponent,
			strictOf,
			percentOf,
			jsonOf,
			(text: string) => lowerHex(strictOf(text)),
		];
		for (let turn = 0; turn < 2_000; turn++) {
			// Without what an escape could begin or end with.
			const [before, after] = [`${'.-~'.repeat(next(0, 2))}:`, `:${'.-~'.repeat(next(0, 2))}`];
			const secret = `q${word(next(3, 32))}q`;
			const text = pick(spellings)(pick(spellings)(secret));
			expect([secret, text, knowing(secret).redact(before + text + after)]).toEqual([
				secret,
				text,
				`${before}[hidden]${after}`,
			]);
			expect(knowing(`${secret}-other`).redact(before + after)).toBe(before + after);
		}
	});
});

describe('a text loses', () => {
	it('tokens that were never registered', () => {
		expect(knowing().redact('bad token eyJhbGciOiJI.eyJzdWIiOiIx.c2ln-_x!')).toBe('bad token [hidden]!');
	});

	it.each([
		['', 'https://s3.test/a/b?X-Amz-Signature=1f&partNumber=2'],
		[' in JSON', 'https:\\/\\/s3.test\\/a\\/b?X-Amz-Signature=1f&partNumber=2'],
		[' in HTML', 'https://s3.test/a/b?X-Amz-Signature=1f&amp;partNumber=2'],
	])('the query of every URL%s', (_, url) => {
		expect(knowing().redact(`PUT "${url}" failed`)).toBe(`PUT "${url.split('?')[0]}?[hidden]" failed`);
	});

	it('the query of a URL that is escaped itself', () => {
		const text = encodeURIComponent('https://s3.test/a?X-Amz-Signature=1f&partNumber=2');
		expect(knowing().redact(`PUT ${text}`)).toBe('PUT https%3A%2F%2Fs3.test%2Fa%3F[hidden]');
	});

	it('a signature without its URL', () => {
		const shown = knowing().redact('GET /a?x=1&X-Amz-Signature=1f2e&X-Amz-Credential=AK%2F1 Signature=3d4c failed');
		expect(shown).toBe('GET /a?x=1&X-Amz-Signature=[hidden]&X-Amz-Credential=[hidden] Signature=[hidden] failed');
	});

	it('everything if it is escaped in more ways than can be read', () => {
		const text = Array.from({ length: 400 }, (_, index) => base64Of(`\\x41%41=41\n&#65;${index}`)).join('\n');
		const deep = base64Of(`${base64Of(`${text}%41&#65;`)}\n=41\\x41`);
		expect(knowing(key).redact(`${deep}%41=41\n\\x41&#65;`)).toBe('[hidden]');
	});

	it('the query of a URL at the end of a line, and nothing of the next one', () => {
		expect(knowing(key).redact('see https://masv.test/a?b=c\nNext line')).toBe(
			'see https://masv.test/a?[hidden]\nNext line',
		);
	});

	it('no word that the short rest of a secret without its escapes would be', () => {
		expect(knowing('%61nd').redact('one and two, not %61nd')).toBe('one and two, not [hidden]');
	});

	it('nothing that only two lists of bytes together would be', () => {
		const [one, two] = [Buffer.from('abcdef').join(' '), Buffer.from('ghijkl').join(' ')];
		expect(knowing('abcdefghijkl').redact(`${one} and ${two}`)).toBe(`${one} and ${two}`);
	});

	it('nothing else, and no short secret', () => {
		const known = knowing('abc', '');
		known.add(undefined);
		expect(known.redact('abc is a name? 100 % \\ & %zz &x; \\u12 ä')).toBe('abc is a name? 100 % \\ & %zz &x; \\u12 ä');
	});
});

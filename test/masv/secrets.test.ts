import { Secrets } from '../../masv/secrets';

function knowing(...secrets: string[]): Secrets {
	const known = new Secrets();
	for (const secret of secrets) known.add(secret);
	return known;
}

describe('Secrets', () => {
	const key = 'k{e<y="1&/';

	it.each([
		['as it is', key],
		['escaped in a URL', encodeURIComponent(key)],
		['escaped in JSON', JSON.stringify(key).slice(1, -1)],
		['escaped in HTML', 'k{e&lt;y=&quot;1&amp;/'],
	])('hides a secret %s', (_, text) => {
		expect(knowing(key).redact(`sent ${text}, twice ${text}.`)).toBe('sent [hidden], twice [hidden].');
	});

	it('hides all of a secret that contains another one', () => {
		expect(knowing('abcd', 'abcd-efgh').redact('abcd-efgh')).toBe('[hidden]');
	});

	it('hides tokens that were never registered', () => {
		expect(knowing().redact('bad token eyJhbGciOiJI.eyJzdWIiOiIx.c2ln-_x!')).toBe('bad token [hidden]!');
	});

	it('removes the query of every URL', () => {
		expect(knowing().redact('PUT "https://s3.test/a/b?X-Amz-Signature=1f&partNumber=2" failed')).toBe(
			'PUT "https://s3.test/a/b" failed',
		);
	});

	it('hides a signature without its URL', () => {
		expect(knowing().redact('GET /a?x=1&X-Amz-Signature=1f2e&X-Amz-Credential=AK%2F1 failed')).not.toMatch(
			/1f2e|AK%2F1/,
		);
	});

	it('leaves other texts unchanged, and ignores short secrets', () => {
		const known = knowing('abc', '');
		known.add(undefined);
		expect(known.redact('abc is a name?')).toBe('abc is a name?');
	});
});

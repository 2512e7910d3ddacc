import { useSandbox } from './callApi.ts';

const sandbox = useSandbox();

const get = async (url: string) => {
	const response = await fetch(url);
	return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
};

test('the page of a package lists its files, and each can be downloaded', async () => {
	const { id } = sandbox().seedPackage({
		name: 'Day <1> & "2"',
		files: [
			{ name: 'a.txt', content: 'first' },
			{ name: `it's <b>.txt`, path: 'day 1', content: 'second' },
		],
	});
	const page = await get(sandbox().pageOf(id));
	expect([page.status, page.type]).toEqual([200, 'text/html; charset=utf-8']);
	expect(page.text).toContain('<h1>Day &#60;1&#62; &#38; &#34;2&#34;</h1>');
	expect(page.text).toContain('day 1/it&#39;s &#60;b&#62;.txt</a></td><td>6 bytes</td>');
	const urls = [...page.text.matchAll(/href="([^"]+)"/g)].map(([, url = '']) => url.replaceAll('&#38;', '&'));
	const contents = await Promise.all(urls.map(async (url) => (await get(url)).text));
	expect(contents).toEqual(['first', 'second']);
});

test('there is no page for a package that does not exist', async () => {
	const { status, text } = await get(sandbox().pageOf('none'));
	expect(status).toBe(404);
	expect(text).toContain('No such package');
});

import { once } from 'node:events';

import { forkSource } from '../support/forkSource';

/**
 * Half a MiB each. What takes quadratic time needs minutes, so that the time limit ends the test; in a process of its own,
 * because a regular expression cannot be interrupted.
 */
describe('no text from a server stops n8n', () => {
	it.each<[string, [string, string, string]]>([
		['of blanks in <UploadId>', ['<UploadId>', ' ', 'x']],
		['of blanks before a line break', ['', ' ', '\n']],
		['of dots in a link', ['a', '.', 'b']],
		['of opening tags', ['', '<UploadId>', '']],
		['of empty elements', ['', '<UploadId></UploadId>', '']],
		['of addresses', ['', 'http://', '']],
		['of queries', ['', 'http://a?', '']],
		['of names of signatures', ['', 'X-Amz-', '']],
		['of signatures in signatures', ['', 'X-Amz-Signature=', '']],
		['of beginnings of tokens', ['', 'eyJ-', '']],
		['of half tokens', ['', 'eyJa.', '']],
		['of percent signs', ['', '%25', '']],
		['of backslashes', ['', '\\', 'u003c']],
		['of escapes within escapes', ['', '&amp;amp;%5Cu005c', '']],
		['of ampersands', ['', '&', ';']],
		['of base64', ['', 'YQ', '']],
		['of digits in source code', ['0', ', 0x', 'x']],
		['of bytes', ['', '1 ', 'x']],
		['of quoted-printable', ['', '=3D', '=']],
		['of everything that can be an escape', ['', '%41=3D\\x41&#65;YQYQYQ\n', '']],
		['of slashes', ['a', '/', 'a']],
		['of line breaks', ['a', '\n', 'b']],
		['of dots', ['a@', '.', '@']],
		['of a long host', ['', 'a', '/"']],
		['of digits', ['', '1', 'x']],
		['of words about being finalized', ['', 'not yet ', '']],
		['of comments before a page', ['<', '!-- -->\n<', '!--']],
		['of titles', ['<html>', '<title>', '']],
	])('%s', async (_, text) => {
		const child = forkSource('readHostileText.ts', text);
		try {
			expect(await once(child, 'exit')).toEqual([0, null]);
		} finally {
			child.kill('SIGKILL');
		}
	});
});

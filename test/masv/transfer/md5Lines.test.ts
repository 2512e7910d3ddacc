import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { readMd5Lines, toMd5Line } from '../../../masv/transfer/md5Lines';

const md5 = 'd41d8cd98f00b204e9800998ecf8427e';
const other = '0CC175B9C0F1B6A831C399E269772661';

const read = (text: string): unknown[] => [...readMd5Lines(text)];

describe('a list of MD5s', () => {
	it.each([
		['as md5sum writes it', `${md5}  day 1/a.mov\n`, 'day 1/a.mov'],
		['of files that were read as binary', `${md5} *day 1/a.mov\n`, 'day 1/a.mov'],
		['with a single blank', `${md5} a.mov\n`, 'a.mov'],
		['with a tab', `${md5}\ta.mov\n`, 'a.mov'],
		['with Windows line breaks', `${md5}  a.mov\r\n`, 'a.mov'],
		['with a byte order mark', `\uFEFF${md5}  a.mov\n`, 'a.mov'],
		['without a line break at the end', `${md5}  a.mov`, 'a.mov'],
		['with comments and empty lines', `; made by x\n# y\n\n \n${md5}  a.mov\n`, 'a.mov'],
		['as BSD and macOS write it', `MD5 (a (1).mov) = ${md5}\n`, 'a (1).mov'],
		['as openssl writes it', `MD5(a.mov)= ${md5}\n`, 'a.mov'],
		['with blanks around a name', `${md5}   a.mov \n`, ' a.mov '],
		['with an escaped name', `\\${md5}  a\\\\b\\nc\\rd\\x\n`, 'a\\b\nc\rd\\x'],
		['with an escaped name, as BSD writes it', `\\MD5 (a\\nb) = ${md5}\n`, 'a\nb'],
		['with a backslash that escapes nothing', `${md5}  day 1\\a.mov\n`, 'day 1\\a.mov'],
		['with a path as long as disks allow, escaped', `\\${md5}  ${'\\\\'.repeat(4_096)}\n`, '\\'.repeat(4_096)],
		['with a line separator of Unicode in a name', `${md5}  a\u2028b\n`, 'a\u2028b'],
	])('is understood %s', (_, text, path) => {
		expect(read(text)).toEqual([{ md5, path }]);
	});

	it('is read whatever the case of its sums, several times the same place included', () => {
		expect(read(`${other}  a\n${md5}  a\n`)).toEqual([
			{ md5: other.toLowerCase(), path: 'a' },
			{ md5, path: 'a' },
		]);
	});

	it.each([
		['a SHA-256', `${md5}${md5}  a.mov`],
		['a tagged SHA-1', `SHA1 (a.mov) = ${md5}00000000`],
		['a sum without a name', `${md5}  `],
		['a sum that is too short', `${md5.slice(1)}  a.mov`],
		['text', 'hello'],
		['a line that is longer than any path', `${md5}  ${'a/'.repeat(5_000)}`],
		['a long line of blanks', ' '.repeat(10_001)],
	])('tells that it does not understand %s', (_, text) => {
		expect(read(text)).toEqual([undefined]);
	});

	it('of lines that never match is read in a moment, however long they are', () => {
		expect(read(`MD5 (${'a) = '.repeat(200_000)}`)).toEqual([undefined]);
		expect(read(`${md5}  ${' '.repeat(1_000_000)}x`)).toHaveLength(1);
	});

	it('is what md5sum understands, also with odd names', async () => {
		const folder = await mkdtemp(join(tmpdir(), 'masv-md5-'));
		try {
			const names = ['plain.mov', ' blanks ', '*star', '\\back\\slash', 'line\nbreak', 'Größe 映画 🎬', '#hash', '-c'];
			for (const name of names) await writeFile(join(folder, name), name);
			const lines = names.map((name) => toMd5Line({ md5: createHash('md5').update(name).digest('hex'), path: name }));
			await writeFile(join(folder, 'MD5SUMS'), lines.join(''));
			await promisify(execFile)('md5sum', ['--check', '--strict', 'MD5SUMS'], { cwd: folder });
			const { stdout } = await promisify(execFile)('md5sum', ['--', ...names], { cwd: folder });
			expect(stdout).toBe(lines.join(''));
			expect(read(lines.join('')).map((line) => (line as { path: string }).path)).toEqual(names);
		} finally {
			await rm(folder, { recursive: true });
		}
	});
});

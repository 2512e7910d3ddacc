import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';

import { amount, listOf, oneOf, parseOptions, text, UsageError, wholeNumber } from '../../scripts/commandLine/options';

const commandLine = {
	options: {
		workers: { default: '1,2,4', read: listOf(wholeNumber(1)) },
		large: { default: '8', read: amount(0) },
		mix: { default: 'alone,beside', read: listOf(oneOf('alone', 'beside')) },
		folder: { read: text },
	},
	flags: ['write'],
} as const;

describe('the options of scripts', () => {
	it('have defaults', () => {
		const usual = {
			workers: [1, 2, 4],
			large: 8,
			mix: ['alone', 'beside'],
			folder: undefined,
			write: false,
			words: [],
		};
		expect(parseOptions([], commandLine)).toEqual(usual);
	});

	it('are read', () => {
		const args = ['--workers', '', '--large=0.5', '--mix', 'beside', '--folder', '/a', '--write'];
		const given = { workers: [], large: 0.5, mix: ['beside'], folder: '/a', write: true, words: [] };
		expect(parseOptions(args, commandLine)).toEqual(given);
	});

	it.each([
		[['--workers', '0'], '--workers must be a whole number of at least 1, not "0"'],
		[['--workers', '1,abc'], '--workers must be a whole number of at least 1, not "abc"'],
		[['--workers', '1.5'], '--workers must be a whole number of at least 1, not "1.5"'],
		[['--workers', '1,,2'], '--workers must be a whole number of at least 1, not ""'],
		[['--large', 'x'], '--large must be a number of at least 0, not "x"'],
		[['--large', '1e3'], '--large must be a number of at least 0, not "1e3"'],
		[['--large=-1'], '--large must be a number of at least 0, not "-1"'],
		[['--mix', 'alone,foo'], '--mix must be alone or beside, not "foo"'],
		[['--nonsense'], "Unknown option '--nonsense'"],
		[['--folder'], "Option '--folder <value>' argument missing"],
		[['--folder', '--write'], "Option '--folder' argument is ambiguous"],
		[['--write=yes'], "Option '--write' does not take an argument"],
		[['word'], "Unexpected argument 'word'"],
	])('%j: %s', (args, message) => {
		expect(() => parseOptions(args, commandLine)).toThrow(new UsageError(message));
	});

	it('may be followed by words', () => {
		expect(parseOptions(['a', 'b'], { readWord: text })).toEqual({ words: ['a', 'b'] });
		const readWord = oneOf('panel', 'table');
		expect(() => parseOptions(['chair'], { readWord })).toThrow('The argument must be panel or table, not "chair"');
	});

	it.each([
		['benchQueue', ['--workers', '0'], '--workers must be'],
		['benchSync', ['--files', 'x'], '--files must be'],
		['bench', ['--rounds', '0'], '--rounds must be'],
		['bench', ['--size', '3'], '--size must be a size such as 256MiB or 8GiB'],
		['bench', ['--cell-seconds', '20'], '--cell-seconds must be a pair of times'],
		['demo', ['--recieve'], "Unknown option '--recieve'"],
		['screenshots', ['nothing'], 'The argument must be credential or '],
	])('are checked before %s begins: %j', async (script, args, message) => {
		const child = spawn(process.execPath, [join(__dirname, `../../scripts/${script}.ts`), ...args]);
		const [output, errors, exit] = await Promise.all([textOf(child.stdout), textOf(child.stderr), once(child, 'exit')]);
		expect({ code: exit[0] as unknown, output }).toEqual({ code: 2, output: '' });
		expect(errors).toContain(message);
		expect(errors).toContain('npm run ');
	});
});

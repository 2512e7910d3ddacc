import { arrayPieces } from '../../masv/arrayPieces';
import { MasvClient } from '../../masv/client';
import { nodeHashing } from '../../masv/node/nodeHashing';
import { fetchFilesAs } from '../../masv/packages/files';
import { noRetry } from '../../masv/retry';
import { fileSchema } from '../../masv/schemas';
import { failureOf } from '../support/failureOf';
import { instantClock } from '../support/instantClock';

const whole = (text: string, length?: number) => [...arrayPieces([text], length)].flat();
/** Cut into texts of so many characters. */
const cut = (text: string, size: number): string[] =>
	Array.from({ length: Math.ceil(text.length / size) }, (_, index) => text.slice(index * size, (index + 1) * size));

// eslint-disable-next-line @typescript-eslint/unbound-method
const original = RegExp.prototype.exec;

describe('a long array', () => {
	const strange = [
		{ name: 'ends like an object },{ and goes on' },
		{ name: 'quoted \\"},{\\" },\n{' },
		{ list: [{ a: 1 }, { b: [{}, {}, { c: '}' }] }], name: ']' },
		{},
		{ name: 'ä'.repeat(40) },
	];

	it.each([1, 2, 7, 30, 100, 10_000])('is the same in pieces of about %i characters', (length) => {
		for (const indent of [undefined, 1, '\t']) {
			const items = Array.from({ length: 20 }, () => strange).flat();
			const text = ` ${JSON.stringify(items, undefined, indent)}\n`;
			expect(whole(text, length)).toEqual(items);
			for (const size of [1, 3, 64]) expect([...arrayPieces(cut(text, size), length)].flat()).toEqual(items);
		}
	});

	it('comes in pieces that are not much longer than asked for', () => {
		const items = Array.from({ length: 1_000 }, (_, id) => ({ id }));
		const long = { list: Array.from({ length: 200 }, () => ({})) };
		const [first, ...pieces] = [...arrayPieces([JSON.stringify([long, ...items])], 100)];
		expect(first?.[0]).toEqual(long);
		expect(pieces.length).toBeGreaterThan(80);
		expect(Math.max(...pieces.map((piece) => JSON.stringify(piece).length))).toBeLessThan(130);
	});

	it('is not parsed again and again because of a long list in one of its objects', () => {
		const parse = jest.spyOn(JSON, 'parse');
		const items = [{ list: Array.from({ length: 5_000 }, () => ({})) }, { after: 1 }];
		const text = JSON.stringify(items);
		expect(whole(text, 10)).toEqual(items);
		const parsed = parse.mock.calls.reduce((sum, [each]) => sum + each.length, 0);
		parse.mockRestore();
		expect(parsed).toBeLessThan(text.length * 4);
	});

	it.each([
		['one long text', `[{"a":"${'x'.repeat(200_000)}"}]`],
		['blanks before it', `${' '.repeat(200_000)}[{}]`],
	])('is not searched again after each piece that arrives, with %s', (_, text) => {
		let searched = 0;
		const exec = jest.spyOn(RegExp.prototype, 'exec').mockImplementation(function (this: RegExp, all: string) {
			searched += all.length - this.lastIndex;
			return original.call(this, all);
		});
		const found = [...arrayPieces(cut(text, 100), 1_000)].flat();
		exec.mockRestore();
		expect(found).toHaveLength(1);
		expect(searched).toBeLessThan(text.length * 10);
	});

	it('may be empty, or consist of something else than objects', () => {
		for (const items of [[], [1, 2, 3], ['},{', '},{'], [null, {}, {}]])
			expect(whole(JSON.stringify(items), 1)).toEqual(items);
	});

	it.each(['', '{}', 'null', '[{},{}', '[{},{}]]', '[{}{}]', '[{},]', '[{},{}] and more', '<html>'])(
		'is not what %j is',
		(text) => {
			expect(() => whole(text, 1)).toThrow(SyntaxError);
			expect(() => [...arrayPieces(text, 1)]).toThrow(SyntaxError);
		},
	);
});

describe('a long list of files', () => {
	const entries = Array.from({ length: 20_000 }, (_, index) => ({
		id: `F${index}`,
		name: `${'n'.repeat(40)}${index}`,
	}));

	const clock = instantClock();

	/** @param pieces the same text, as a long one comes */
	async function list(text: string, pieces?: Uint8Array[]) {
		const client = new MasvClient({
			transport: () => Promise.resolve({ status: 200, headers: {}, text, ...(pieces && { pieces }) }),
			clock,
			hashing: nodeHashing,
			baseUrl: 'https://masv.test',
			apiKey: 'key',
			teamId: 'team',
		});
		return await fetchFilesAs(client, 'P1', 'token', fileSchema, noRetry);
	}

	it('is decoded with pauses in which other work goes on', async () => {
		const sleep = jest.spyOn(clock, 'sleep');
		expect(await list(JSON.stringify(entries))).toEqual(entries);
		expect(sleep.mock.calls.filter(([ms]) => ms === 0).length).toBeGreaterThanOrEqual(4);
		sleep.mockRestore();
	});

	it('is decoded from its pieces, even if they end within a character, without all of its text', async () => {
		const some = Array.from({ length: 300 }, (_, index) => ({ id: `F${index}`, name: 'ä€😀'.repeat(index % 9) }));
		const bytes = Buffer.from(JSON.stringify(some));
		const cuts = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, index) =>
			bytes.subarray(index * 7, index * 7 + 7),
		);
		expect(await list('not asked for', cuts)).toEqual(some);
		const page = JSON.stringify({ records: some });
		expect(await list(page, [Buffer.from(page)])).toEqual(some);
	});

	it('can be a page, too', async () => {
		expect(await list(JSON.stringify({ records: entries, metadata: { total: entries.length } }))).toEqual(entries);
	});

	it.each([
		[
			'an entry without an ID',
			JSON.stringify([...entries, { name: 'x' }]),
			'response_undocumented',
			'does not match what MASV documents',
		],
		['an end that is missing', JSON.stringify(entries).slice(0, -1), 'response_malformed', 'a body that is not JSON'],
	])('is refused as a whole because of %s', async (_, text, code, message) => {
		const error = await failureOf(list(text));
		expect(error).toMatchObject({ code, message: expect.stringContaining(message) as unknown });
	});
});

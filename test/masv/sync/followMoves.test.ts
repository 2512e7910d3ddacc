import { followMoves } from '../../../masv/sync/followMoves';
import type { LedgerBook } from '../../../masv/sync/ledgerBook';
import type { LedgerFile, NewLedgerLine } from '../../../masv/sync/ledgerLines';
import { instantClock } from '../../support/instantClock';

const file = (name: string): LedgerFile => ({
	location: `/media/${name}`,
	...{ path: '', name, bytes: 1, modified: '1', changed: '1', device: '1', inode: '1' },
});

/** Enters what was moved, if these files are not there any more. */
async function follow(known: Array<{ from: LedgerFile[]; file: LedgerFile }>, ...gone: string[]) {
	const lines: NewLedgerLine[] = [];
	const book = { write: (line: NewLedgerLine) => Promise.resolve(void lines.push(line)) } as unknown as LedgerBook;
	const isThere = ({ name }: LedgerFile): Promise<boolean> => Promise.resolve(!gone.includes(name));
	const moved = await followMoves({ known }, { isThere }, book, instantClock());
	const entered = lines.map((line) => (line.kind === 'moved' ? line.files : []));
	const places = entered.map((files) => files.map(({ from, to }) => `${from} -> ${to.location}`));
	return { moved, places: places.flat(), lines: places };
}

describe('files that someone has moved', () => {
	it('are entered once, also if paths that overlap list them more than once', async () => {
		const [a, b, moved] = [file('a'), file('b'), file('moved')];
		const twice = [
			{ from: [a, b], file: moved },
			{ from: [a, b], file: moved },
		];
		expect(await follow(twice, 'a', 'b')).toMatchObject({ moved: 1, places: ['/media/a -> /media/moved'] });
	});

	it('are not those that are still where they were', async () => {
		const known = [{ from: [file('a'), file('b')], file: file('moved') }];
		expect(await follow(known, 'b')).toMatchObject({ moved: 1, places: ['/media/b -> /media/moved'] });
		expect(await follow(known)).toMatchObject({ moved: 0, places: [] });
	});

	it('are entered some at a time, as a folder of 100,000 would take long at once, but those that have changed places together', async () => {
		const move = (from: string, to: string) => ({ from: [file(from)], file: file(to) });
		const names = Array.from({ length: 50 }, (_, index) => `day/${index}`);
		const folder = names.map((name) => move(name, `new ${name}`));
		const known = [move('x', 'y'), move('q', 'r'), ...folder, move('p', 'q'), move('y', 'x')];
		const { moved, places, lines } = await follow(known, 'x', 'y', 'p', 'q', ...names);
		expect([moved, new Set(places).size]).toEqual([54, 54]);
		expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(25);
		for (const together of [
			['/media/x -> /media/y', '/media/y -> /media/x'],
			['/media/p -> /media/q', '/media/q -> /media/r'],
		])
			expect(lines.find((line) => line.includes(together[0] as string))).toEqual(expect.arrayContaining(together));
	});
});

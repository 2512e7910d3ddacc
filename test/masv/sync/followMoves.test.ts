import { followMoves } from '../../../masv/sync/followMoves';
import type { LedgerBook } from '../../../masv/sync/ledgerBook';
import type { LedgerFile, NewLedgerLine } from '../../../masv/sync/ledgerLines';

const file = (name: string): LedgerFile => ({
	location: `/media/${name}`,
	...{ path: '', name, bytes: 1, modified: '1', changed: '1', device: '1', inode: '1' },
});

/** Enters what was moved, if these files are not there any more. */
async function follow(known: Array<{ from: LedgerFile[]; file: LedgerFile }>, ...gone: string[]) {
	const lines: NewLedgerLine[] = [];
	const book = { write: (line: NewLedgerLine) => Promise.resolve(void lines.push(line)) } as unknown as LedgerBook;
	const isThere = ({ name }: LedgerFile): Promise<boolean> => Promise.resolve(!gone.includes(name));
	const moved = await followMoves({ known }, { isThere }, book);
	const places = lines.flatMap((line) => (line.kind === 'moved' ? line.files : []));
	return { moved, places: places.map(({ from, to }) => `${from} -> ${to.location}`) };
}

describe('files that someone has moved', () => {
	it('are entered once, also if paths that overlap list them more than once', async () => {
		const [a, b, moved] = [file('a'), file('b'), file('moved')];
		const twice = [
			{ from: [a, b], file: moved },
			{ from: [a, b], file: moved },
		];
		expect(await follow(twice, 'a', 'b')).toEqual({ moved: 1, places: ['/media/a -> /media/moved'] });
	});

	it('are not those that are still where they were', async () => {
		const known = [{ from: [file('a'), file('b')], file: file('moved') }];
		expect(await follow(known, 'b')).toEqual({ moved: 1, places: ['/media/b -> /media/moved'] });
		expect(await follow(known)).toEqual({ moved: 0, places: [] });
	});
});

import { mergeLines as merge } from '../../../masv/upload/mergeLines';
import { instantClock } from '../../support/instantClock';

const mergeLines = async (records: unknown[][]) => await merge(records, instantClock());

const line = (id: string, turn?: unknown) => (turn === undefined ? { id } : { id, turn });
const order = async (...records: unknown[][]): Promise<unknown[]> =>
	(await mergeLines(records)).lines.map((each) => (each as { id: string }).id);

describe('the lines of several records', () => {
	it('are in the order of the turns, of which each lasts until the next', async () => {
		const [mine, other] = [
			[line('a', 2), line('b'), line('c', 5), line('d')],
			[line('e', 1), line('f'), line('g', 4)],
		];
		expect(await order(mine, other)).toEqual(['e', 'f', 'a', 'b', 'g', 'c', 'd']);
		expect((await mergeLines([mine, other])).nextTurn).toBe(6);
	});

	it('keep their order within a record, also if an earlier run writes after its successor', async () => {
		expect(await order([line('a', 3), line('b', 1), line('c')], [line('d', 2)])).toEqual(['d', 'a', 'b', 'c']);
	});

	it('come first if they are of a version without turns', async () => {
		expect(await order([line('a', 1)], [line('b'), line('c')])).toEqual(['b', 'c', 'a']);
	});

	it.each([['text'], [1.5], [null], [Infinity]])(
		'have no turn if they say %p, and do not break the rest',
		async (turn) => {
			expect(await order([line('a', turn)], [line('b', 1)])).toEqual(['a', 'b']);
			expect(await mergeLines([[null, 'x', line('a', turn)]])).toMatchObject({
				nextTurn: 1,
				lines: [null, 'x', { id: 'a' }],
			});
		},
	);

	it('of nobody let the first run begin', async () => {
		expect(await mergeLines([])).toEqual({ lines: [], nextTurn: 1 });
	});
});

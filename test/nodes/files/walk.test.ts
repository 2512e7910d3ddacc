import type { Branch } from '../../../nodes/Masv/files/walk';
import { walk } from '../../../nodes/Masv/files/walk';
import { failureOf } from '../../support/failureOf';

/** A tree of numbers: each has the ten that begin with it, up to this depth. */
function treeOf(depth: number, visit: (name: string) => Promise<void>): Branch {
	const branchOf = (name: string): Branch => {
		let next = 0;
		return () => {
			const child = `${name}${next++}`;
			if (next > 10) return undefined;
			return async () => {
				await visit(child);
				return child.length < depth ? branchOf(child) : undefined;
			};
		};
	};
	return branchOf('');
}

const turn = async () => await new Promise((resolve) => setImmediate(resolve));

describe('walking a tree', () => {
	it('visits everything once, never more in parallel than it may, and ends when all is done', async () => {
		const visited: string[] = [];
		let running = 0;
		let most = 0;
		await walk(
			treeOf(3, async (name) => {
				most = Math.max(most, ++running);
				await turn();
				visited.push(name);
				running--;
			}),
			7,
		);
		expect([new Set(visited).size, visited.length, most, running]).toEqual([1_110, 1_110, 7, 0]);
	});

	it('finishes a branch before it begins the next one', async () => {
		const visited: string[] = [];
		await walk(
			treeOf(2, (name) => Promise.resolve(void visited.push(name))),
			1,
		);
		expect(visited.slice(0, 4)).toEqual(['0', '00', '01', '02']);
		expect(visited.indexOf('1')).toBe(11);
	});

	it('starts nothing more after a failure, and reports it', async () => {
		const visited: string[] = [];
		const failing = treeOf(3, async (name) => {
			visited.push(name);
			await turn();
			if (name === '01') throw new Error('no 01');
		});
		expect(await failureOf(walk(failing, 2))).toMatchObject({ message: 'no 01' });
		const before = visited.length;
		for (let turns = 0; turns < 10; turns++) await turn();
		expect(visited.length - before).toBe(0);
	});

	it('ends for an empty tree', async () => {
		await walk(() => undefined);
	});
});

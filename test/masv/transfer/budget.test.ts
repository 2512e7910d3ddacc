import { createBudget } from '../../../masv/transfer/budget';

describe('createBudget', () => {
	/** Takes in order and tells who is in. */
	const enterAll = async (sizes: number[]) => {
		const budget = createBudget(10);
		const inside: number[] = [];
		sizes.forEach((bytes, index) => void budget.take(bytes).then(() => inside.push(index)));
		await Promise.resolve();
		return { inside, give: async (bytes: number) => await Promise.resolve(budget.give(bytes)) };
	};

	it('lets in as much as fits, in order', async () => {
		const { inside, give } = await enterAll([4, 6, 1, 9]);
		expect(inside).toEqual([0, 1]);
		await give(4);
		expect(inside).toEqual([0, 1, 2]);
		await give(6);
		expect(inside).toEqual([0, 1, 2, 3]);
	});

	it('lets no small one pass a large one that waits', async () => {
		const { inside } = await enterAll([8, 5, 1]);
		expect(inside).toEqual([0]);
	});

	it('lets in alone what is more than the whole', async () => {
		const { inside, give } = await enterAll([25, 1]);
		expect(inside).toEqual([0]);
		await give(25);
		expect(inside).toEqual([0, 1]);
	});

	// Among 200,000 files, taking the first out of an array takes longer than the rest of the upload.
	it('moves none of those that wait when it lets one in', async () => {
		const shift = jest.spyOn(Array.prototype, 'shift');
		const splice = jest.spyOn(Array.prototype, 'splice');
		try {
			const { inside, give } = await enterAll([10, 10, 10]);
			await give(10);
			await give(10);
			expect([inside, shift.mock.calls, splice.mock.calls]).toEqual([[0, 1, 2], [], []]);
		} finally {
			shift.mockRestore();
			splice.mockRestore();
		}
	});
});

import { toItems } from '../../../nodes/Masv/shownNewFiles';
import { plannedSource } from '../../../nodes/Masv/files/newFiles';

/** As a ledger has it. */
const file = {
	...{ location: '/media/a.mov', path: '', name: 'a.mov', bytes: 7, device: '1', inode: '2', sum: null },
	...{ modified: '9000000000000000000000', changed: '1' },
};

describe('a file whose time is later than any date', () => {
	it('is sent with the last one', () => {
		expect(plannedSource(file).modifiedAt).toEqual(new Date(8.64e15));
	});

	it('is shown with the last one that MASV takes', () => {
		const none = { sent: [], failed: [], marked: 0, moved: 0, unchanged: 0, warnings: [], ledger: undefined };
		const done = { ...none, waiting: [file], failure: undefined };
		const [item] = toItems(done, [], { isShown: true, stopAtFirst: true });
		expect(item).toMatchObject({ json: { waiting: [{ modified_at: '9999-12-31T23:59:59.999Z' }] } });
	});
});

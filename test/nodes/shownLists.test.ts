import type { ReceiveNewResult } from '../../masv/sync/receiveNewRequest';
import type { SendNewResult } from '../../masv/sync/sendNewRequest';
import { toItems as toItemsOfSent } from '../../nodes/Masv/shownNewFiles';
import { toItems as toItemsOfReceived } from '../../nodes/Masv/shownNewPackages';

const options = { isShown: false, stopAtFirst: true };
const lengthsIn = (items: unknown[], name: string): number[] =>
	items.map((item) => (item as { json: Record<string, unknown[]> }).json[name]?.length ?? 0);

describe('what all packages of a run have in common', () => {
	it('is named whole with the first one that was sent, and up to a hundred entries with each of the others', () => {
		const file = { location: '/in/a.mov', bytes: 1, modified: '0' };
		const failed = { path: '/in/b.mov', files: 1, error: new Error('failed') };
		const sent = { package: { id: 'P1' }, files: [], warnings: [], left_in_place: [] };
		const done = {
			...{ sent: [sent, sent, sent], waiting: Array(150).fill(file), failed: Array(150).fill(failed) },
			...{ marked: 0, moved: 0, unchanged: 0, ledger: undefined, warnings: [] },
		} as unknown as SendNewResult;
		const leftOut = Array.from({ length: 150 }, () => ({ path: '/in/._a.mov', reason: 'it is a system file' }));
		const items = toItemsOfSent(done, leftOut, options);
		for (const name of ['waiting', 'failed', 'left_out']) expect(lengthsIn(items, name)).toEqual([150, 100, 100]);
	});

	it('is named so with those that were received', () => {
		const each = { id: 'P2', name: '', error: new Error('failed') };
		const received = { package: { id: 'P1', name: '' }, files: [], warnings: [] };
		const many = Array(150).fill(each);
		const lists = { waiting: many, failed: many, gone: many };
		const done = { received: [received, received], ...lists, warnings: [] } as unknown as ReceiveNewResult;
		const items = toItemsOfReceived(done, options);
		for (const name of Object.keys(lists)) expect(lengthsIn(items, name)).toEqual([150, 100]);
	});
});

import type { Ledger } from '../../masv/sync/ledger';
import type { LedgerFile } from '../../masv/sync/ledgerLines';
import { shownLedger } from '../../nodes/Masv/shownLedger';
import { toItems } from '../../nodes/Masv/shownNewFiles';

describe.each([
	['in 2026', '1795906800000000000', '2026-11-28T23:00:00.000Z'],
	[
		'that no date can express, as on tmpfs, which MASV gets as the last one',
		'9'.repeat(28),
		'9999-12-31T23:59:59.999Z',
	],
	['in the year 12026', '317361628800000000000', '9999-12-31T23:59:59.999Z'],
])('a file with a time %s', (_, modified, shown) => {
	const facts = { device: '1', inode: '2', changed: modified, bytes: 1, path: '', name: 'a.mov' };
	const file: LedgerFile = { ...facts, location: '/in/a.mov', modified };

	it('is shown among those that are left for the next execution', () => {
		const none = { sent: [], failed: [], marked: 0, moved: 0, unchanged: 0, ledger: undefined, warnings: [] };
		const [item] = toItems({ ...none, waiting: [file] }, [], { isShown: true, stopAtFirst: true });
		expect(item).toMatchObject({ json: { waiting: [{ path: '/in/a.mov', modified_at: shown }] } });
	});

	it('is shown in the ledger', () => {
		const entries = new Map([['/in/a.mov', { file, delivery: { order: 1 } }]]);
		const ledger = { entries, packages: new Map(), unfinished: new Map() } as unknown as Ledger;
		expect(shownLedger('id', ledger).sent).toMatchObject([{ path: '/in/a.mov', modified_at: shown }]);
	});
});

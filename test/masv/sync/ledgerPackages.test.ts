import type { LedgerPackage } from '../../../masv/sync/ledgerPackages';
import { unreportedPackages } from '../../../masv/sync/ledgerPackages';

const received = (id: string, created: number, run: string | undefined): [string, LedgerPackage] => [
	id,
	{
		...{ id, name: id, created, state: 'received', hasFailed: false, foundAt: 0 },
		receipt: { at: 0, run, folder: id, files: 1, bytes: 1 },
	},
];

describe('what an execution could not report', () => {
	const packages = new Map([
		received('later', 2, 'execution 1'),
		received('earlier', 1, 'execution 1'),
		received('of another', 0, 'execution 2'),
		received('of nobody', 0, undefined),
	]);

	it('is reported in the order in which the uploads began', () => {
		expect(unreportedPackages(packages, 'execution 1').map(({ id }) => id)).toEqual(['earlier', 'later']);
	});

	it('is nothing without an execution', () => {
		expect(unreportedPackages(packages, undefined)).toEqual([]);
	});
});

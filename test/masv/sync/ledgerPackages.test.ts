import type { LedgerPackage } from '../../../masv/sync/ledgerPackages';
import { applyPackageLine, duePackages, forgetPackages, unreportedPackages } from '../../../masv/sync/ledgerPackages';

const received = (id: string, created: number, run: string | undefined): [string, LedgerPackage] => [
	id,
	{
		...{
			id,
			name: id,
			created,
			state: 'received',
			hasFailed: false,
			missing: undefined,
			foundAt: 0,
			origin: undefined,
		},
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

describe('a package that MASV does not have', () => {
	const minute = 60_000;
	const isDue = (missing: LedgerPackage['missing'], nowMs: number): boolean => {
		const [id, found] = received('a', 1, undefined);
		const packages = new Map([[id, { ...found, state: 'due' as const, missing }]]);
		return duePackages(packages, 'all', nowMs, (each) => each).length === 1;
	};

	it.each<[string, number, number, boolean]>([
		['in the next run', 0, 1, true],
		['after as long as it was missing when it was last looked for', 10, 20, true],
		['not before', 10, 19, false],
		['once a day at least', 5_000, 5_000 + 24 * 60, true],
		['not more often than that', 5_000, 5_000 + 23 * 60, false],
		['if the clock was set back', 10, -100, true],
	])('is looked for again: %s', (_, lookedAt, nowAt, expected) => {
		expect(isDue({ since: 0, lookedAt: lookedAt * minute }, nowAt * minute)).toBe(expected);
	});

	it('is due at once if it was received after all, and is to be received again', () => {
		const packages = new Map<string, LedgerPackage>();
		for (const at of [0, 5 * minute]) {
			applyPackageLine(packages, { kind: 'failed', number: 1, package: 'a', at, missing: true });
		}
		applyPackageLine(packages, {
			kind: 'received',
			number: 2,
			package: 'a',
			at: 6 * minute,
			folder: 'a',
			files: 1,
			bytes: 1,
		});
		forgetPackages(packages, {});
		expect(duePackages(packages, 'all', 6 * minute, (each) => each)).toMatchObject([{ id: 'a', hasFailed: false }]);
	});

	it('is due as long as it is not known to be missing', () => {
		expect(isDue(undefined, 0)).toBe(true);
	});
});

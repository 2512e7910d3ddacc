import { downloadEntries } from '../../../masv/download/downloadEntries';
import { onceEach, toPackageEntry } from '../../../masv/download/packageEntry';
import { downloadAll } from '../../support/downloadAll';
import { instantClock } from '../../support/instantClock';
import { memorySink } from '../../support/memorySink';
import { nockClient } from '../../support/nockMasv';

it('lets other work go on while many files fail at once, because the run was stopped', async () => {
	const clock = instantClock();
	const client = nockClient({ clock, signal: AbortSignal.abort() });
	const file = {
		...{ id: 'F1', name: 'a.mov', path: '', bytes: 7, modifiedAt: undefined, partBytes: undefined },
		address: async () => await Promise.reject(new Error('No file is begun')),
	};
	const files = Array.from({ length: 2_500 }, () => ({ ...file, sink: memorySink() }));
	const results = await downloadAll(client, files);
	expect(new Set(results.map((result) => result.status === 'rejected' && (result.reason as Error).name))).toEqual(
		new Set(['MasvCancelledError']),
	);
	expect(clock.slept).toEqual([0, 0]);
});

it('opens a long list of entries in turns with other work of the process', async () => {
	const clock = instantClock();
	const client = nockClient({ clock, signal: AbortSignal.abort() });
	const access = {
		packageId: 'P',
		token: 't',
		address: async () => await Promise.reject(new Error('No file is begun')),
	};
	const entry = toPackageEntry({ id: 'F1' });
	const wanted = Array.from({ length: 2_500 }, () => ({ entry }));
	await downloadEntries(
		client,
		{ ...access, end: async () => await Promise.resolve([]) },
		undefined,
		{ wanted, toSink: () => memorySink() },
		{},
	);
	expect(clock.slept).toEqual([0, 0]);
});

it('reads a long list of MASV in turns with other work of the process', async () => {
	const { slept, ...counting } = instantClock();
	const listed = Array.from({ length: 2_500 }, (_, index) => ({ id: `F${index}` }));
	expect(await onceEach(listed.map(toPackageEntry), counting)).toEqual(listed.map(toPackageEntry));
	expect(slept).toEqual([0, 0]);
});

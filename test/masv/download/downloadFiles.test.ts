import { downloadFiles } from '../../../masv/download/downloadFiles';
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
	const results = await downloadFiles(client, files);
	expect(new Set(results.map((result) => result.status === 'rejected' && (result.reason as Error).name))).toEqual(
		new Set(['MasvCancelledError']),
	);
	expect(clock.slept).toEqual([0, 0]);
});

import type { SandboxOptions } from '../../sandbox/start';
import type { TestMasv } from './testMasv';
import { startTestMasv } from './testMasv';

/** Call at the top of a test file: a MASV for each test, with these habits of transfers, that is closed after it. */
export function useStorageMasv(): (transfers: SandboxOptions['transfers']) => Promise<TestMasv> {
	const open: TestMasv[] = [];
	afterEach(async () => {
		await Promise.all(open.splice(0).map(async (masv) => await masv.close()));
	});
	return async (transfers) => {
		// Packages and the content of storages are seeded, which only the embedded store supports.
		const masv = await startTestMasv({ transfers, s3: undefined });
		open.push(masv);
		return masv;
	};
}

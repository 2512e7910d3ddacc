import { addFiles } from '../../masv/upload/addFiles';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { patternBytes, rangeOf, streamOf } from '../support/testSources';

const mebibyte = 1024 * 1024;
const content = patternBytes(11 * mebibyte);

let masv: TestMasv;
beforeAll(async () => (masv = await startTestMasv()));
afterAll(async () => await masv.close());

/** Uploads a file of 11 MiB to a package. @returns in how many parts */
async function upload(packagePartMebibytes: number, own?: number, kind: 'range' | 'stream' = 'range'): Promise<number> {
	const chunk_size = packagePartMebibytes * mebibyte;
	const { id } = masv.sandbox.seedPackage({ state: 'new', chunk_size });
	const source = kind === 'range' ? rangeOf('a.mov', content) : streamOf('a.mov', content);
	const [result] = await addFiles(masv.client(), id, [source], {
		stopAtFirst: true,
		parallelParts: 1,
		partBytes: own === undefined ? undefined : own * mebibyte,
	});
	return result?.status === 'fulfilled' ? result.value.parts : Promise.reject(result?.reason as Error);
}

describe('uploading to a package with a part size', () => {
	it.each(['range', 'stream'] as const)('uses it for a source that is a %s', async (kind) => {
		expect(await upload(5, undefined, kind)).toBe(3);
		expect(await upload(10, undefined, kind)).toBe(2);
	});

	it('prefers a part size of its own', async () => {
		expect(await upload(5, 11)).toBe(1);
	});

	it('treats 0 as none', async () => {
		expect(await upload(0)).toBe(1);
	});
});

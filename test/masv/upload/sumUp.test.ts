import { sumUp } from '../../../masv/upload/sumUp';
import type { UploadedFile } from '../../../masv/upload/uploadedFile';
import { instantClock } from '../../support/instantClock';

it('sums up many files in turns with other work of the process', async () => {
	const { slept, ...counting } = instantClock();
	const file = { size: 4, parts: 3, retried_parts: 2, resumed_parts: 1 } as UploadedFile;
	const files = Array.from({ length: 12_000 }, () => file);
	const sums = { bytes: 48_000, parts: 36_000, retried_parts: 24_000, resumed_parts: 12_000 };
	expect(await sumUp(files, counting)).toEqual(sums);
	expect(slept).toEqual([0, 0]);
});
